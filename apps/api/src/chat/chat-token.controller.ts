import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { ChatToken } from '@interoffice/contract';
import type { LoginTokens } from '@interoffice/directory';
import { Permission, Who, type Identity } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';

/** Lets the web chat connect without ever seeing the password. */
@ApiTags('chat')
@Controller('api/v1/chat')
export class ChatTokenController {
  readonly #tokens: LoginTokens;

  constructor(@Inject(PORT.tokens) tokens: LoginTokens) {
    this.#tokens = tokens;
  }

  @Post('token')
  @HttpCode(200)
  @Permission('self')
  @ApiResponse(answers(200, ChatToken))
  async issue(@Who() { account }: Identity): Promise<ChatToken> {
    const jid = account.jid.bare;
    const { token, expiresAt } = await this.#tokens.issue(jid);
    return { jid, token, expiresAt: new Date(expiresAt).toISOString() };
  }
}
