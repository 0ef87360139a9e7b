import type { Manifest } from './manifest.js';

export const CUSTODY = 'custody.txt';

/** A page for people: who had it made, why, when and by what, with room for those who hand it on. */
export function custodyPage(manifest: Manifest): string {
  const { counts } = manifest;
  const lines: readonly (readonly [string, string])[] = [
    ['Export', `${manifest.job} of ${manifest.domain}`],
    ['Requested by', `${manifest.requestedBy} (${manifest.role}), for ${scopeIn(manifest)}`],
    ['Reason', manifest.reason],
    ['Filter', Object.keys(manifest.filter).length === 0 ? 'none: everything' : JSON.stringify(manifest.filter)],
    ['Requested at', manifest.requestedAt],
    ['Started at', manifest.startedAt],
    ['Finished at', manifest.finishedAt],
    ['Software', manifest.software],
    ['Form', manifest.form],
    ['Messages', `${counts.messages} in ${counts.conversations} conversations`],
    ['Exceptions', `${manifest.exceptions.count}, each with its reason in exceptions.jsonl`],
    ['Seal', manifest.seal ? `checkpoint of ${manifest.seal.size} entries, in the file checkpoint` : 'none'],
    ['Hashes', 'of every file in manifest.json, whose own stands signed in manifest.note'],
  ];
  const facts = lines.map(([name, value]) => `${`${name}:`.padEnd(16)}${value.replaceAll(/\s+/g, ' ')}`);
  return ['Chain of custody', '', ...facts, '', 'Handed over', ...HAND_OVER, ''].join('\n');
}

const HAND_OVER = ['Date             From             To               Signature', '', '', ''];

function scopeIn({ scope }: Manifest): string {
  return scope === '*' ? 'all offices' : `the office ${scope}`;
}
