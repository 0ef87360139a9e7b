import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseScript, type Script } from '../support/script.js';
import { ROOT } from './appliance.js';

/** Where protocol scripts lie. */
const PLACES = ['libs/features/src/**/*.xmpp', 'test/scenarios/**/*.xmpp'];

/** Every protocol script of the checkout, with its path from the root. */
export function protocolScripts(): { readonly file: string; readonly script: Script }[] {
  return globSync(PLACES, { cwd: ROOT })
    .toSorted()
    .map((file) => ({ file, script: parseScript(readFileSync(path.join(ROOT, file), 'utf8')) }));
}
