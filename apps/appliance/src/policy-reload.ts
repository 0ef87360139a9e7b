import { statSync, unwatchFile, watchFile } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '@interoffice/api';
import type { Settings } from '@interoffice/config';
import { Policy, type Rule, type RuleChanges, ruleChanges } from '@interoffice/policy';
import type { PolicyVersions, XmppServer } from '@interoffice/server';
import { type ChangedSettings, changedSettings, followedOf, keepOffices } from './followed-settings.js';
import { type Clock, describeError, Failure, type Log } from '@interoffice/telemetry';

export interface PolicyReloadParts {
  /** The settings file; undefined: there is none. */
  readonly file: string | undefined;
  /** Reads all settings again. Throws SETTINGS_INVALID, SETTINGS_UNREADABLE. */
  readonly read: () => Settings;
  readonly xmpp: Pick<XmppServer, 'changeRules' | 'followSettings' | 'federation'>;
  /** The settings that this process began with. */
  readonly first: Settings['federation'];
  /** Opens what a server with rules has and one without has not. Rejects as that does. */
  readonly begin: () => Promise<void>;
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
  /** Other settings: those that hold now, and those that wait for the next start, by name. */
  readonly settings: ChangedSettings;
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
  /** What was followed last. */
  #followed: Settings['federation'];

  constructor(private readonly parts: PolicyReloadParts) {
    this.#followed = parts.first;
  }

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
      const outcome = await this.#apply(this.#read(), who);
      this.problem = undefined;
      return outcome;
    } catch (error) {
      const reason = describeError(error);
      if (this.problem?.text !== reason) log.warn('appliance.policy.refused', { file, reason });
      this.problem = { text: reason, sinceMs: this.problem?.sinceMs ?? clock.now() };
      throw error;
    }
  }

  #read(): Settings['federation'] {
    if (this.parts.file === undefined) {
      throw new Failure(
        'SETTINGS_UNREADABLE',
        'This instance runs without a settings file: there is nothing to read again.',
      );
    }
    return this.parts.read().federation;
  }

  async #apply(read: Settings['federation'], who: PolicyActor): Promise<PolicyOutcome> {
    const { xmpp, first, begin, clock } = this.parts;
    const { rules } = read;
    const { federation } = xmpp;
    if (!federation) {
      // Nothing is recorded, so that nothing may pass.
      if (rules.length > 0) throw new Failure('FEDERATION_OFF', 'Without an archive nobody talks to other servers.');
      return { version: 0, rules: 0, changes: ruleChanges([], []), settings: { followed: [], waiting: [] } };
    }
    const changes = ruleChanges(federation.rules, rules);
    const settings = changedSettings(read, { last: this.#followed, first });
    const isNew = [...changes.added, ...changes.removed, ...changes.changed, ...settings.followed].length > 0;
    if (!isNew) return { version: federation.policy.version, rules: rules.length, changes, settings };
    // What cannot be meant, or read, is not even written down.
    void new Policy(rules, 0, clock);
    const followed = keepOffices(await followedOf(read), first.peers);
    if (!federation.isOn && rules.length > 0) await begin();
    const version = await this.#record({ rules, changes, settings }, who);
    xmpp.followSettings(followed);
    this.#followed = read;
    if (version !== federation.policy.version) await xmpp.changeRules(rules, version);
    return { version, rules: rules.length, changes, settings };
  }

  /** Numbered and kept, then audited. Returns the version that is to hold. */
  async #record(
    { rules, changes, settings }: Pick<PolicyOutcome, 'changes' | 'settings'> & { readonly rules: readonly Rule[] },
    who: PolicyActor,
  ): Promise<number> {
    const { xmpp, versions, audit, clock, log } = this.parts;
    const { added, removed, changed } = changes;
    const isOfRules = added.length + removed.length + changed.length > 0;
    const version = isOfRules
      ? await versions.numberOf({ rules, actor: who.actor, atMs: clock.now() })
      : xmpp.federation!.policy.version;
    const { followed } = settings;
    const details = { version, ...changes, ...(followed.length > 0 && { settings: followed }) };
    await audit.record({ ...who, action: 'policy.change', subject: 'policy', details });
    const words = [added, removed, changed, followed].map((ids) => ids.join(' '));
    const [names, gone, others, besides] = words;
    const told = { version, actor: who.actor, added: names, removed: gone, changed: others, settings: besides };
    log.info('appliance.policy.changed', told);
    return version;
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
