import { Body, Controller, Get, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { LoggedIn, Login, Me, permissionsOf } from '@interoffice/contract';
import type { AccountRecord } from '@interoffice/directory';
import type { FastifyReply } from 'fastify';
import { Permission, Public, RemoteAddress, Who, type Identity } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { PRIVILEGED_IDLE_MS, SESSION_LIFE_MS, type ApiSessions } from './api-sessions.js';
import { Logins } from './logins.js';
import { endedCookie, sessionCookie } from './session-cookie.js';

/** Logging in and out. */
@ApiTags('log-in')
@Controller('api/v1')
export class LoginController {
  readonly #logins: Logins;
  readonly #sessions: ApiSessions;

  constructor(@Inject(Logins) logins: Logins, @Inject(PORT.apiSessions) sessions: ApiSessions) {
    this.#logins = logins;
    this.#sessions = sessions;
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiResponse(answers(200, LoggedIn))
  async login(
    @Body({ schema: Login }) body: Login,
    @RemoteAddress() address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoggedIn> {
    const account = await this.#logins.check(body, address);
    const { token, expiresAt } = await this.#sessions.open({
      bare: account.jid.bare,
      kind: body.token ? 'bearer' : 'cookie',
      idleMs: account.role === 'employee' ? SESSION_LIFE_MS : PRIVILEGED_IDLE_MS,
    });
    const me = meOf(account, expiresAt);
    if (body.token) return { me, token };
    void reply.header('set-cookie', sessionCookie(token));
    return { me };
  }

  @Post('logout')
  @HttpCode(204)
  @Permission('self')
  async logout(@Who() who: Identity, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.#sessions.end(who.sessionHash);
    void reply.header('set-cookie', endedCookie());
  }

  @Get('me')
  @Permission('self')
  @ApiResponse(answers(200, Me))
  me(@Who() { account, expiresAt }: Identity): Me {
    return meOf(account, expiresAt);
  }
}

function meOf(account: AccountRecord, expiresAt: number): Me {
  return {
    jid: account.jid.bare,
    name: account.name,
    office: account.office,
    role: account.role,
    scope: account.roleScope,
    permissions: [...permissionsOf(account.role)],
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
