import type { PolicyReload, PolicyState } from '@interoffice/contract';

/** Which version holds, since when and by whom. */
export function versionText({ version, rules, since, actor }: PolicyState, moment: (iso: string) => string): string {
  const what = `Version ${version} holds: ${rules === 0 ? 'no rules, nothing passes' : `${rules} ${rules === 1 ? 'rule' : 'rules'}`}`;
  if (since === undefined) return `${what}.`;
  return `${what}, since ${moment(since)}${actor === undefined ? '' : `, by ${actor === 'settings' ? 'the settings file' : actor}`}.`;
}

/** What reading the file again has changed. */
export function changesText({ version, added, removed, changed }: PolicyReload): string {
  const parts = Object.entries({ added, removed, changed }).flatMap(([what, ids]) =>
    ids.length === 0 ? [] : `${what}: ${ids.join(', ')}`,
  );
  return parts.length === 0
    ? `Nothing has changed: version ${version} holds.`
    : `Version ${version} holds. ${parts.join('; ')}.`;
}
