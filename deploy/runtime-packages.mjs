import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const IMPORT = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"]([^'".][^'"]*)['"]/g;
const read = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const nameOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/**
 * The packages that the compiled sources import, and what those depend on: `{ name, folder }`, where the name is the
 * path below node_modules (a second version of a package keeps its place below its dependant). Throws when one that is
 * needed is not installed.
 */
export function packagesOf(root, sources) {
  const modules = path.join(root, 'node_modules');
  const declared = read(root).dependencies;
  const found = new Map();
  const visit = (folder) => {
    if (found.has(folder)) return;
    found.set(folder, path.relative(modules, folder));
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = read(folder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      if (NOT_AT_RUN_TIME.has(name) || peerDependenciesMeta[name]?.optional) continue;
      const next = resolve(name, folder, modules);
      if (next) visit(next);
      else if (name in dependencies && !(name in optionalDependencies)) throw new Error(`${folder} needs ${name}`);
    }
  };
  for (const name of importedBy(sources)) if (name in declared) visit(path.join(modules, name));
  // What lies inside the folder of another is copied with it.
  return [...found].filter(([, name]) => !name.includes('/node_modules/')).map(([folder, name]) => ({ name, folder }));
}

/** Pages for browsers (the API serves its description as JSON only), and compilers. */
const NOT_AT_RUN_TIME = new Set(['swagger-ui-dist', 'typescript']);

/** What runs here, not in a browser. */
const COMPILED = /^(?!console|chat)[^/]+\/dist\/.*\.js$/;

function importedBy(folders) {
  const names = new Set();
  for (const folder of folders) {
    for (const file of readdirSync(folder, { recursive: true }).filter((name) => COMPILED.test(name))) {
      for (const [, specifier] of readFileSync(path.join(folder, file), 'utf8').matchAll(IMPORT))
        names.add(nameOf(specifier));
    }
  }
  return names;
}

function resolve(name, from, top) {
  for (let at = from; at.startsWith(top); at = path.dirname(at)) {
    const folder = path.basename(at) === 'node_modules' ? path.join(at, name) : path.join(at, 'node_modules', name);
    if (existsSync(path.join(folder, 'package.json'))) return folder;
  }
  return undefined;
}
