import { Inject, Injectable } from '@nestjs/common';
import type { RetentionChange, WantedChange } from '@interoffice/archive';
import type { WantedRetention } from '@interoffice/contract';
import type { Clock } from '@interoffice/telemetry';
import { refused } from '../access/refused.js';
import { bareAddress } from '../archive/look.js';
import type { AuditLog } from '../audit/audit-log.js';
import { PORT } from '../ports.js';
import { type Acting, isFor } from '../rooms/acting.js';
import type { Retention } from './retention.js';

const DECISIONS = { approve: 'done', refuse: 'refused', withdraw: 'withdrawn' } as const;

/** Changes of rules: written to the audit log first, then proposed or decided, where the database sees to the second person. */
@Injectable()
export class RetentionChanges {
  readonly #retention: Retention;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor(
    @Inject(PORT.retention) retention: Retention,
    @Inject(PORT.audit) audit: AuditLog,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#retention = retention;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Rejects with NOT_FOUND for a rule or an office that is not theirs. */
  async propose(asked: WantedRetention, reason: string, acting: Acting): Promise<RetentionChange> {
    const wanted = await this.wanted(asked, acting);
    const subject = 'rule' in asked ? asked.rule : 'new rule';
    await this.#note({ action: 'retention.propose', subject, reason, details: { ...asked } }, acting);
    const { rules } = this.#retention;
    const { id } = await rules.propose(wanted, reason, { by: acting.actor, atMs: this.#clock.now() });
    return this.#find(id, acting);
  }

  /** Rejects with NOT_FOUND, RETENTION_SECOND_PERSON, RETENTION_CHANGE_CLOSED, RETENTION_CHANGE_EXPIRED. */
  async decide(
    id: string,
    { decision, reason }: { readonly decision: keyof typeof DECISIONS; readonly reason: string },
    acting: Acting,
  ): Promise<RetentionChange> {
    const { rule, proposedBy } = await this.#find(id, acting);
    if (!isFor(acting, rule.office)) return this.#refused(`retention.${decision}`, id, acting);
    const details = { change: id, proposedBy, ...rule };
    await this.#note({ action: `retention.${decision}`, subject: id, reason, details }, acting);
    const actor = { by: acting.actor, atMs: this.#clock.now() };
    await this.#retention.rules.decide(id, DECISIONS[decision], actor);
    return this.#find(id, acting);
  }

  /** What was asked for, with addresses as the journal has them. Rejects with NOT_FOUND for what is another office's. */
  async wanted(asked: WantedRetention, acting: Acting): Promise<WantedChange> {
    if (asked.action !== 'add') {
      const rule = (await this.#retention.rules.list(acting.scope)).find(({ id }) => id === asked.rule);
      if (!rule || !isFor(acting, rule.office)) return this.#refused(`retention.${asked.action}`, asked.rule, acting);
      if (asked.action === 'end') return { action: 'end', ruleId: rule.id };
      return { action: 'set', ruleId: rule.id, days: asked.days ?? undefined };
    }
    const office = asked.office ?? acting.scope;
    if (!isFor(acting, office)) return this.#refused('retention.add', office, acting);
    const { group, kind, days } = asked;
    const room = asked.room === undefined ? undefined : bareAddress('room', asked.room);
    const peer = asked.peer === undefined ? undefined : bareAddress('peer', asked.peer);
    return { action: 'add', rule: { office, group, room, peer, kind, days: days ?? undefined } };
  }

  async #find(id: string, acting: Acting): Promise<RetentionChange> {
    const change = await this.#retention.rules.findChange(id, acting.scope, this.#clock.now());
    return change ?? this.#refused('retention.change', id, acting);
  }

  #refused(attempt: string, subject: string, acting: Acting): Promise<never> {
    return refused(this.#audit, { attempt, subject }, acting);
  }

  #note(
    deed: { action: string; subject: string; reason: string; details: Record<string, unknown> },
    { actor, role, address }: Acting,
  ): Promise<void> {
    return this.#audit.record({ ...deed, actor, role, address });
  }
}
