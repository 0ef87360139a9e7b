import { spawnSync } from 'node:child_process';

/** PostgreSQL refuses to run as root; this says how it runs instead. */
export interface Unprivileged {
  /**
   * `self`: as we are. `userns`: root, but an ordinary user inside a user namespace, so files stay ours and no user
   * has to be made. `setuid`: root where namespaces are forbidden; the data directory is given to `uid`.
   */
  readonly mode: 'self' | 'userns' | 'setuid';
  /** Goes before the program, so that it gets SIGINT (a fast shutdown) when our process is gone, kill -9 included. */
  readonly prefix: readonly string[];
  readonly uid: number | undefined;
}

const NOBODY = 65534;
const NAMESPACE = ['unshare', '-U', '--map-user=1000', '--map-group=1000', '--'];
const WITH_PARENT = ['setpriv', '--pdeathsig', 'INT', '--'];

/** The best way this machine offers. Without `setpriv` (macOS) an orphan is stopped by the next start instead. */
export function unprivileged(isRoot = process.getuid?.() === 0): Unprivileged {
  if (!isRoot) return { mode: 'self', prefix: works(WITH_PARENT) ? WITH_PARENT : [], uid: undefined };
  for (const prefix of [[...NAMESPACE, ...WITH_PARENT], NAMESPACE]) {
    if (works(prefix)) return { mode: 'userns', prefix, uid: undefined };
  }
  // setpriv changes the user and asks for the signal in this order; setuid first would clear the request.
  const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--pdeathsig', 'INT', '--'];
  return { mode: 'setuid', prefix: works(drop) ? drop : [], uid: NOBODY };
}

function works(prefix: readonly string[]): boolean {
  const [program, ...args] = [...prefix, 'true'];
  return spawnSync(program, args, { stdio: 'ignore', timeout: 5_000 }).status === 0;
}
