import { statSync, unwatchFile, watchFile } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '@interoffice/api';
import type { Settings } from '@interoffice/config';
import { Policy, type Rule, type RuleChanges, ruleChanges } from '@interoffice/policy';
import type { PolicyVersions, XmppServer } from '@interoffice/server';
import { type Clock, describeError, Failure, type Log } from '@interoffice/telemetry';

export interface PolicyReloadParts {
  /** The settings file; undefined: there is none. */
  readonly file: string | undefined;
  /** Reads all settings again. Throws SETTINGS_INVALID, SETTINGS_UNREADABLE. */
  readonly read: () => Settings;
  readonly xmpp: Pick<XmppServer, 'changeRules' | 'federation'>;
  readonly versions: Pick<PolicyVersions, 'numberOf'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who asks for it. */
export interface PolicyActor {
  readonly actor: string;
  readonly role: string;
  readonly address: string;
}

/** What became of reading the file again; nothing in `changes`: it says what held before. */
export interface PolicyOutcome {
  readonly version: number;
  readonly rules: number;
  readonly changes: RuleChanges;
}

/** Why the file is not followed. */
export interface PolicyProblem {
  readonly text: string;
  readonly sinceMs: number;
}

/** By asking, not by events of the file system: these do not cross every kind of mount. */
const LOOK_EVERY_MS = 2_000;
/** Half a file may be a policy as well, and another one. */
const AT_REST_MS = 250;
const TRY_AGAIN_MS = 5_000;
const BY_FILE: PolicyActor = { actor: 'settings', role: 'settings', address: 'settings file' };

/**
 * Follows the rules in the settings file while we run: what is understood as a whole holds at once, what is not leaves
 * the rules of before, and is an alarm until it is put right. One change after the other, each in the audit log first.
 */
export class PolicyReload {
  problem: PolicyProblem | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly parts: PolicyReloadParts) {}

  start(): void {
    const { file } = this.parts;
    if (file === undefined) return;
    watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, this.#changed);
    // It may have changed while everything else was started.
    void this.follow();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#again);
    if (this.parts.file !== undefined) unwatchFile(this.parts.file, this.#changed);
  }

  /** Reads the file now. Rejects as the settings do, and with the database; then the rules of before hold. */
  reload(who: PolicyActor): Promise<PolicyOutcome> {
    const turn = this.#last.then(() => this.#reload(who));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The file may have changed; what is wrong with it is an event and an alarm. */
  async follow(): Promise<void> {
    clearTimeout(this.#again);
    try {
      await this.#untilAtRest();
      await this.reload(BY_FILE);
    } catch (error) {
      // A file stays as wrong as it is until it changes; a database comes back by itself.
      const isFile = error instanceof Failure && /^(SETTINGS|POLICY)_/.test(error.code);
      if (!isFile && !this.#isStopped) this.#again = setTimeout(() => void this.follow(), TRY_AGAIN_MS).unref();
    }
  }

  readonly #changed = (): void => void this.follow();

  async #reload(who: PolicyActor): Promise<PolicyOutcome> {
    const { file, log, clock } = this.parts;
    try {
      const outcome = await this.#apply(this.#rules(), who);
      this.problem = undefined;
      return outcome;
    } catch (error) {
      const reason = describeError(error);
      if (this.problem?.text !== reason) log.warn('appliance.policy.refused', { file, reason });
      this.problem = { text: reason, sinceMs: this.problem?.sinceMs ?? clock.now() };
      throw error;
    }
  }

  #rules(): readonly Rule[] {
    if (this.parts.file === undefined) {
      throw new Failure(
        'SETTINGS_UNREADABLE',
        'This instance runs without a settings file: there is nothing to read again.',
      );
    }
    return this.parts.read().federation.rules;
  }

  async #apply(rules: readonly Rule[], who: PolicyActor): Promise<PolicyOutcome> {
    const { xmpp, versions, audit, clock, log } = this.parts;
    const { federation } = xmpp;
    if (!federation) {
      // Nothing listens, and nothing to call others with was made.
      if (rules.length === 0) return { version: 0, rules: 0, changes: ruleChanges([], []) };
      throw new Failure(
        'FEDERATION_OFF',
        'There were no rules when this was started; start it again to begin with them.',
      );
    }
    const changes = ruleChanges(federation.rules, rules);
    const { added, removed, changed } = changes;
    if (added.length + removed.length + changed.length === 0) {
      return { version: federation.policy.version, rules: rules.length, changes };
    }
    // What cannot be meant is not even written down.
    void new Policy(rules, 0, clock);
    const version = await versions.numberOf({ rules, actor: who.actor, atMs: clock.now() });
    await audit.record({ ...who, action: 'policy.change', subject: 'policy', details: { version, ...changes } });
    await xmpp.changeRules(rules, version);
    const [names, gone, others] = [added, removed, changed].map((ids) => ids.join(' '));
    log.info('appliance.policy.changed', { version, actor: who.actor, added: names, removed: gone, changed: others });
    return { version, rules: rules.length, changes };
  }

  async #untilAtRest(): Promise<void> {
    for (let before = this.#state(); ;) {
      await delay(AT_REST_MS, undefined, { ref: false });
      const now = this.#state();
      if (now === before) return;
      before = now;
    }
  }

  #state(): string {
    const stat = statSync(this.parts.file!, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
  }
}
