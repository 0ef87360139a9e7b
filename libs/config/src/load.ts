import { readFileSync } from 'node:fs';
import { dirname, basename, resolve } from 'node:path';
import { Failure } from '@interoffice/telemetry';
import { readEnvironment } from './environment.js';
import { interofficeSchema } from './interoffice.js';
import { isGroup, isList, locate, overlay, type Located, type Plain } from './located.js';
import { Problems } from './problems.js';
import { group, type CheckedGroup, type Members } from './schema.js';
import { resolveSecretFiles } from './secret-files.js';
import { composeSettings, type Settings } from './settings.js';
import { readYaml } from './yaml-file.js';

/** Where settings come from, the later ones winning: presets, file, environment, overrides (a command's flags). */
export interface SettingsSource {
  /** Path of `interoffice.yaml`; undefined when the program runs without one. */
  readonly file?: string;
  readonly presets?: Plain;
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: Plain;
}

/** What a demo starts with: loopback addresses, the sample directory, `office.localhost`. */
export const demoPresets: Plain = {
  domain: 'office.localhost',
  directory: 'demo',
  listen: {
    c2s: '127.0.0.1:5222',
    'c2s-tls': '127.0.0.1:5223',
    https: '127.0.0.1:8443',
    s2s: '127.0.0.1:5269',
    's2s-tls': '127.0.0.1:5270',
    components: '127.0.0.1:5347',
    metrics: '127.0.0.1:9095',
  },
};

/**
 * Reads and checks all settings. Fails with SETTINGS_UNREADABLE when the file is not there, and with SETTINGS_INVALID
 * and one line per problem (`file:line: what is wrong, what would be right`) when anything in it is not understood.
 */
export function loadSettings(source: SettingsSource): Settings {
  const problems = new Problems();
  const { tree, directory } = gather(source, problems);
  const read = readMembers(interofficeSchema, tree, problems);
  const settings = composeSettings(read, directory, (path, sentence) => problems.note(originOf(tree, path), sentence));
  problems.throwIfAny();
  return settings;
}

/** The same for keys a program brings itself: each part's schema, joined with `settings(...)`. */
export function loadPart<M extends Members>(members: M, source: SettingsSource): CheckedGroup<M> {
  const problems = new Problems();
  const read = readMembers(members, gather(source, problems).tree, problems);
  problems.throwIfAny();
  return read;
}

function readMembers<M extends Members>(members: M, tree: Located, problems: Problems): CheckedGroup<M> {
  const read = group(members, { says: '' }).read(tree, { problems, root: members });
  // What follows compares settings with each other; with one of them missing it would only add noise.
  problems.throwIfAny();
  return read as CheckedGroup<M>;
}

function gather(source: SettingsSource, problems: Problems): { tree: Located; directory: string } {
  const file = source.file === undefined ? undefined : resolve(source.file);
  const directory = file === undefined ? process.cwd() : dirname(file);
  const layers = [
    source.presets === undefined ? undefined : locate(source.presets, 'preset'),
    file === undefined ? undefined : readYaml(basename(file), readText(file), problems),
    readEnvironment(source.environment ?? process.env, problems),
    source.overrides === undefined ? undefined : locate(source.overrides, 'command line'),
  ].filter((layer) => layer !== undefined);
  const joined = layers.map(withoutRival(layers)).reduce(overlay);
  const tree = { ...joined, origin: file === undefined ? 'settings' : basename(file) };
  return { tree: resolveSecretFiles(tree, directory, problems), directory };
}

/** `domains` in one layer replaces `domain` of a lower one, and the other way round. */
function withoutRival(layers: readonly Located[]): (layer: Located, index: number) => Located {
  return (layer, index) => {
    if (!isGroup(layer.content)) return layer;
    const above = layers.slice(index + 1);
    const content = new Map(layer.content);
    if (above.some((upper) => has(upper, 'domains'))) content.delete('domain');
    if (above.some((upper) => has(upper, 'domain'))) content.delete('domains');
    return { ...layer, content };
  };
}

function has(layer: Located, key: string): boolean {
  return isGroup(layer.content) && layer.content.has(key);
}

function originOf(tree: Located, path: readonly (string | number)[]): string {
  const [key, ...rest] = path;
  if (typeof key === 'number') {
    const item = isList(tree.content) ? tree.content[key] : undefined;
    return item ? originOf(item, rest) : tree.origin;
  }
  const entry = key !== undefined && isGroup(tree.content) ? tree.content.get(key) : undefined;
  return entry ? originOf(entry.value, rest) : tree.origin;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('SETTINGS_UNREADABLE', `${path} cannot be read; name the settings file with --config`, { cause });
  }
}
