import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Part, ShownSeal } from '@interoffice/api';
import {
  Cosignatures,
  parseVerifierKey,
  RecordedWitnessedLogs,
  SealedLog,
  type SealKey,
  SealKeys,
  SealThread,
  Witness,
  WitnessKey,
} from '@interoffice/archive';
import type { Settings } from '@interoffice/config';
import type { Seal } from '@interoffice/contract';
import { askSigner } from '@interoffice/pki';
import type { Connection, Database } from '@interoffice/storage';
import { type Clock, Failure, type Log, type Metrics } from '@interoffice/telemetry';

export interface ApplianceSealOptions {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly database: Database;
  /** The id up to which everything is committed. */
  readonly upTo: () => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The seal of an appliance: its keys, and the thread that seals. */
export interface ApplianceSeal {
  readonly folder: string;
  readonly origin: string;
  readonly keys: SealKeys;
  readonly thread: SealThread;
  /** Signs what other logs have signed. */
  readonly witness: Witness;
  /** Signatures of witnesses that are asked by files. */
  readonly cosigned: Cosignatures;
  /** The log as it is now; undefined before the first checkpoint. The caller closes it. */
  openLog(): SealedLog | undefined;
}

/** Longer than a checkpoint may take, with some patience. */
const LATE_MS = 30_000;

/** Reads or makes the keys. Rejects with SEAL_KEY_INVALID or SIGNER_FAILED. */
export async function openSeal(options: ApplianceSealOptions): Promise<ApplianceSeal> {
  const { settings, clock } = options;
  const folder = path.join(settings.dataDir, 'seal');
  const origin = `${settings.domains[0]}/archive`;
  const outside = await outsideKey(settings.archive.seal.signer);
  const keys = await SealKeys.open({ folder, origin, clock, outside });
  const { witnesses, witnessFor } = settings.archive.seal;
  const authorities = await Promise.all(settings.trustedAuthorities.map((file) => readFile(file, 'utf8')));
  const thread = new SealThread({ ...options, folder, notary: keys, witnesses, authorities });
  const witness = new Witness({
    key: WitnessKey.open(folder, `${settings.domains[0]}/witness`),
    logs: witnessFor.map(parseVerifierKey),
    state: new RecordedWitnessedLogs(options.database),
    clock,
  });
  const cosigned = new Cosignatures(options.database, clock);
  return { folder, origin, keys, thread, witness, cosigned, openLog: () => SealedLog.open(folder) };
}

/** What the status page says of it. */
export function sealPart({ thread }: Pick<ApplianceSeal, 'thread'>): Part {
  return {
    name: 'seal',
    remedy:
      'Nothing is lost: what is recorded waits to be sealed. Look at "interoffice archive seal", and verify with "interoffice archive verify".',
    probe: async () => {
      if (thread.refusal !== undefined) throw new Failure('SEAL_REFUSED', thread.refusal);
      if (thread.lagMs > LATE_MS) {
        const why = thread.problem === undefined ? '' : `: ${thread.problem}`;
        throw new Failure('SEAL_BEHIND', `Nothing was sealed for ${Math.round(thread.lagMs / 1_000)} s${why}`);
      }
      const { sealed, sealedThroughMs } = thread;
      if (!sealed || sealedThroughMs === undefined) return 'not looked yet';
      return `sealed through ${new Date(sealedThroughMs).toISOString()}, ${sealed.size} entries`;
    },
  };
}

async function outsideKey(
  signer: Settings['archive']['seal']['signer'],
): Promise<{ publicKey: KeyObject; sign(bytes: Buffer): Promise<Buffer> } | undefined> {
  if (!signer) return undefined;
  const pem = await readFile(signer.publicKey, 'utf8').catch((cause: unknown) => {
    throw new Failure('SEAL_KEY_INVALID', `archive.seal.signer.public-key: ${signer.publicKey} cannot be read.`, {
      cause,
    });
  });
  const publicKey = createPublicKey(pem);
  const [program = '', ...args] = signer.command;
  const sign = (bytes: Buffer): Promise<Buffer> => askSigner(program, args, { bytes, withinMs: signer.withinMs });
  // A wrong key is found at the start, not at the first checkpoint.
  const probe = Buffer.from('interoffice/probe/v1\n');
  if (!verify(null, probe, publicKey, await sign(probe)))
    throw new Failure(
      'SIGNER_FAILED',
      `${program} signs with another key than ${signer.publicKey}, or not with Ed25519.`,
    );
  return { publicKey, sign };
}

/** What the console shows of it; undefined where nothing is recorded. */
export function shownSeal(seal: ApplianceSeal | undefined): ShownSeal {
  return { show: () => (seal ? stateOf(seal) : { state: 'off', size: 0, witnesses: [], keys: [] }) };
}

/** The seal as it stands, for people and programs. */
export function stateOf({ origin, keys, thread, openLog }: ApplianceSeal): Seal {
  const log = openLog();
  const checkpoint = log?.latest().note;
  log?.close();
  const { sealed, sealedThroughMs, refusal, problem, lagMs } = thread;
  return {
    state: refusal !== undefined ? 'refused' : lagMs > LATE_MS ? 'behind' : 'signs',
    problem: refusal ?? problem,
    origin,
    size: sealed?.size ?? 0,
    sealedThrough: iso(sealedThroughMs),
    signedAt: iso(sealed?.atMs),
    checkpoint,
    witnesses: thread.witnesses.map(({ atMs, ...one }) => ({ ...one, at: iso(atMs) })),
    keys: keys.history.map(({ handover: _statement, ...key }) => key),
    policy: policyFor(origin, keys.history),
  };
}

/** What an auditor should get from us in person: the first key, and the one after each that was stolen. */
function policyFor(origin: string, keys: readonly SealKey[]): string {
  const lines = keys.flatMap(({ key, until, stolen }, index) => {
    const isFirst = index === 0 || keys[index - 1]!.stolen === true;
    if (stolen === true) return [`log ${key} until ${until}   # stolen`];
    return isFirst ? [`log ${key}`] : [];
  });
  return [`# Whose signatures count for ${origin}.`, ...lines, ''].join('\n');
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
