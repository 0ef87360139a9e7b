import { Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  PolicyExplainQuery,
  PolicyExplanation,
  PolicyReload,
  type PolicyRule,
  PolicyRuleList,
  PolicyRuleListQuery,
  PolicyState,
  PolicyVersionList,
} from '@interoffice/contract';
import type { AccountRecords } from '@interoffice/directory';
import type { OwnSide, PolicyExplanation as Explained } from '@interoffice/policy';
import { type Clock, Failure } from '@interoffice/telemetry';
import { readAddress } from '../accounts/account-changes.js';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { KnownPeers } from './known-peers.js';
import { mentions, pageOf } from './page.js';
import type { AdministeredPeers } from './peer-lines.js';
import { readDomain } from './read-domain.js';
import { ruleOf } from './rule-of.js';

const MOST_VERSIONS = 50;

/** Who may talk to whom across our border, and why. */
@ApiTags('policy')
@Controller('api/v1/policy')
export class PolicyController {
  readonly #peers: AdministeredPeers | undefined;
  readonly #known: KnownPeers;
  readonly #accounts: AccountRecords;
  readonly #clock: Clock;

  constructor(
    @Inject(PORT.peers) peers: AdministeredPeers | undefined,
    @Inject(KnownPeers) known: KnownPeers,
    @Inject(PORT.accounts) accounts: AccountRecords,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#peers = peers;
    this.#known = known;
    this.#accounts = accounts;
    this.#clock = clock;
  }

  @Get()
  @Permission('peers:read')
  @ApiResponse(answers(200, PolicyState))
  async state(): Promise<PolicyState> {
    const { federation, policies } = this.#known.open();
    const { problem } = policies;
    const { version } = federation.policy;
    const held = (await policies.list(MOST_VERSIONS)).find((one) => one.version === version);
    return {
      version,
      rules: federation.rules.length,
      ...(held && { since: momentOf(held.atMs), actor: held.actor }),
      ...(problem && { problem: { text: problem.text, since: momentOf(problem.sinceMs) } }),
    };
  }

  @Get('versions')
  @Permission('peers:read')
  @ApiResponse(answers(200, PolicyVersionList))
  async versions(): Promise<PolicyVersionList> {
    const now = this.#clock.now();
    const items = (await this.#known.open().policies.list(MOST_VERSIONS)).map(({ version, atMs, actor, rules }) => ({
      version,
      at: momentOf(atMs),
      actor,
      rules: rules.map((rule) => ruleOf(rule, now)),
    }));
    return { items, total: items.length };
  }

  /** Written to the audit log before the rules hold. */
  @Post('reload')
  @HttpCode(200)
  @Permission('peers:write')
  @ApiResponse(answers(200, PolicyReload))
  async reload(@Who() who: Identity, @RemoteAddress() address: string): Promise<PolicyReload> {
    const { jid, role } = who.account;
    try {
      const { policies } = this.#peers ?? this.#known.open();
      const { changes, settings } = await policies.reload({ actor: jid.bare, role, address });
      const { added, removed, changed } = changes;
      const besides = { settings: [...settings.followed], waiting: [...settings.waiting] };
      return { ...(await this.state()), added: [...added], removed: [...removed], changed: [...changed], ...besides };
    } catch (error) {
      if (error instanceof Failure) throw new ProblemError('CONFLICT', error.message);
      throw error;
    }
  }

  @Get('rules')
  @Permission('peers:read')
  @ApiResponse(answers(200, PolicyRuleList))
  rules(@Query({ schema: PolicyRuleListQuery }) { text, effect, ...asked }: PolicyRuleListQuery): PolicyRuleList {
    const now = this.#clock.now();
    const all = (this.#peers?.federation.rules ?? []).map((rule) => ruleOf(rule, now));
    const rows = all.filter(
      (rule) =>
        (effect === undefined || rule.effect === effect) &&
        mentions([rule.id, rule.reason, rule.owner, ...rule.peers], text),
    );
    return pageOf(rows, asked, keyOf);
  }

  @Get('explain')
  @Permission('peers:read')
  @ApiResponse(answers(200, PolicyExplanation))
  async explain(@Query({ schema: PolicyExplainQuery }) query: PolicyExplainQuery): Promise<PolicyExplanation> {
    const { federation } = this.#known.open();
    const peer = readDomain(query.peer);
    const ours = await this.#sideOf(query.account);
    const { direction, class: kind } = query;
    const explained = federation.policy.explain({ peer, direction, classes: [kind], ours });
    return { account: ours.address, peer, direction, class: kind, ...answerOf(explained) };
  }

  async #sideOf(text: string): Promise<OwnSide> {
    const { bare } = readAddress(text);
    const account = await this.#accounts.find(bare);
    if (!account) throw new ProblemError('NO_SUCH_ACCOUNT', `There is no account ${bare}.`);
    const memberships = await this.#known.open().groups.groupsOf(account.id);
    return {
      address: bare,
      office: account.office ?? '',
      groups: new Set(memberships.map(({ group }) => group.name)),
    };
  }
}

function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}

function answerOf({ decision, considered }: Explained) {
  const { isAllowed: allowed, because, rule, version } = decision;
  return { allowed, because, rule: rule?.id, version, considered: considered.map((one) => ({ ...one })) };
}

/** A rule that never ends comes behind those that do. */
function keyOf({ id, owner, expiresAt = '9' }: PolicyRule, field: string): string {
  if (field === 'owner') return owner;
  return field === 'expiresAt' ? expiresAt : id;
}
