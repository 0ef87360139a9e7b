import { isGroup, type Entry, type Located } from './located.js';
import type { Problems } from './problems.js';
import { readYaml } from './yaml-file.js';

const PREFIX = 'INTEROFFICE_';
/** Kubernetes puts these into every container beside a Service called interoffice; they are no settings. */
const FROM_KUBERNETES = /^INTEROFFICE_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_.*)?)?)$/;

/**
 * The settings in the environment: `INTEROFFICE_LISTEN__C2S_TLS=127.0.0.1:5223` is `listen: { c2s-tls: … }`. A value
 * beginning with `[` or `{` is read as YAML, anything else is taken as it stands.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): Located {
  const root = new Map<string, Entry>();
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name];
    if (text === undefined || !name.startsWith(PREFIX) || FROM_KUBERNETES.test(name)) continue;
    place(root, { name, value: readValue(name, text, problems) });
  }
  return { origin: 'environment', content: root };
}

/** The variable that sets the setting at this path. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.toUpperCase().replaceAll('-', '_')).join('__');
}

function place(root: Map<string, Entry>, { name, value }: { name: string; value: Located }): void {
  const keys = name
    .slice(PREFIX.length)
    .toLowerCase()
    .replaceAll(/(?<!_)_(?!_)/g, '-')
    .split('__');
  let group = root;
  for (const key of keys.slice(0, -1)) {
    const known = group.get(key)?.value.content;
    const next = known !== undefined && isGroup(known) ? new Map(known) : new Map<string, Entry>();
    group.set(key, { keyOrigin: name, value: { origin: name, content: next } });
    group = next;
  }
  group.set(String(keys.at(-1)), { keyOrigin: name, value });
}

function readValue(name: string, text: string, problems: Problems): Located {
  if (!/^\s*[[{]/.test(text)) return { origin: name, content: text };
  return relocate(readYaml(name, text, problems), name);
}

function relocate(at: Located, origin: string): Located {
  if (isGroup(at.content)) {
    const entries = [...at.content].map(([key, entry]): [string, Entry] => [
      key,
      { keyOrigin: origin, value: relocate(entry.value, origin) },
    ]);
    return { origin, content: new Map(entries) };
  }
  return Array.isArray(at.content)
    ? { origin, content: at.content.map((item: Located) => relocate(item, origin)) }
    : { origin, content: at.content };
}
