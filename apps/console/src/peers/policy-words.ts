import type { PolicyReload, PolicyState } from '@interoffice/contract';

/** Which version holds, since when and by whom. */
export function versionText({ version, rules, since, actor }: PolicyState, moment: (iso: string) => string): string {
  const what = `Version ${version} holds: ${rules === 0 ? 'no rules, nothing passes' : `${rules} ${rules === 1 ? 'rule' : 'rules'}`}`;
  if (since === undefined) return `${what}.`;
  return `${what}, since ${moment(since)}${actor === undefined ? '' : `, by ${actor === 'settings' ? 'the settings file' : actor}`}.`;
}

/** What reading the file again has changed. */
export function changesText({ version, added, removed, changed, settings, waiting }: PolicyReload): string {
  const parts = Object.entries({ added, removed, changed }).flatMap(([what, ids]) =>
    ids.length === 0 ? [] : `${what}: ${ids.join(', ')}`,
  );
  if (settings.length > 0) parts.push(`settings: ${settings.join(', ')}`);
  const waits = waiting.length === 0 ? '' : ` Waits for the next start: ${waiting.join(', ')}.`;
  if (parts.length === 0) return `Nothing has changed: version ${version} holds.${waits}`;
  return `Version ${version} holds. ${parts.join('; ')}.${waits}`;
}
