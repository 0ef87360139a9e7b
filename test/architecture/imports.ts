import { BANS, DOORS, MAY_IMPORT } from './drawing.js';

/** One import of one file: `from` is the specifier as written. */
export interface Import {
  readonly file: string;
  readonly from: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORT)].map((match) => ({ file, from: (match[1] ?? match[2])! }));
}

/** The part of the drawing that a file belongs to. */
export function partOf(file: string): string {
  const [kind, name, , door] = file.split('/') as [string, string, string, string];
  return DOORS[name]?.includes(door) ? `${kind}/${name}/${door}` : `${kind}/${name}`;
}

/** What is wrong with an import, as a sentence; undefined when nothing is. */
export function faultOf({ file, from }: Import): string | undefined {
  const part = partOf(file);
  const name = part.slice(part.indexOf('/') + 1);
  const isSpec = /\.(spec|contract)\.tsx?$/.test(file);
  for (const ban of BANS) {
    if (ban.what.test(from) && !ban.except.test(file)) return `${file} imports ${from}; ${ban.because}.`;
  }
  if (from.startsWith('.') && leaves(file, from) && !isSpec)
    return `${file} imports ${from}; use the other part's door.`;
  const own = /^@interoffice\/([^/]+)(\/.+)?$/.exec(from);
  if (!own) return undefined;
  const doors = DOORS[own[1]!];
  if (doors ? !doors.includes(own[2]?.slice(1) ?? '') : own[2]) {
    return `${file} imports ${from}; ${doors ? `its doors are ${doors.join(' and ')}` : 'a part has one door, its src/index.ts'}.`;
  }
  const other = own[1]! + (own[2] ?? '');
  const allowed = MAY_IMPORT[part];
  if (!allowed) return `${file} belongs to no part of the drawing.`;
  if (isSpec || other === name) return other === name ? `${file} imports its own door.` : undefined;
  if (allowed.includes(other)) return undefined;
  return `${file} imports ${other}; ${name} may import: ${allowed.join(' ')}.`;
}

/** Two features never import each other: what they share stands one folder up, or in a lib below. */
export function featureFault({ file, from }: Import): string | undefined {
  const own = /^libs\/features\/src\/([^/]+)\//.exec(file);
  if (!own || !from.startsWith('../') || /^(?:\.\.\/)+test\/support\//.test(from)) return undefined;
  const rest = from.replace(/^(\.\.\/)+/, '');
  if (!rest.includes('/') || rest.startsWith(`${own[1]}/`)) return undefined;
  return `${file} imports ${from}; a feature never imports another feature.`;
}

function leaves(file: string, from: string): boolean {
  const depth = file.split('/').length - 4;
  const ups = /^(?:\.\.\/)*/.exec(from)![0].length / 3;
  return ups > Math.max(0, depth);
}
