import type { Manifest } from './manifest.js';

/** A page for people: who had it made, when, by what, and by which hash the whole is known. */
export function custodyPage(manifest: Manifest, { sha256, isSigned }: { sha256: string; isSigned: boolean }): string {
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
    ['Messages', `${manifest.messages} in ${manifest.conversations} conversations`],
    ['Exceptions', `${manifest.exceptions.count}, each with its reason in exceptions.jsonl`],
    ['Files', String(manifest.files.length)],
    ['Seal', manifest.seal ? `checkpoint of ${manifest.seal.size} entries, in the file checkpoint` : 'none'],
    ['manifest.json', `SHA-256 ${sha256}`],
    ['Signature', isSigned ? 'over the hash of manifest.json, in the file manifest.note' : 'none'],
  ];
  const facts = lines.map(([name, value]) => `${`${name}:`.padEnd(16)}${value.replaceAll(/\s+/g, ' ')}`);
  return ['Chain of custody', '', ...facts, '', 'Handed over', ...HAND_OVER, ''].join('\n');
}

const HAND_OVER = ['Date             From             To               Signature', '', '', ''];

function scopeIn({ scope }: Manifest): string {
  return scope === '*' ? 'all offices' : `the office ${scope}`;
}
