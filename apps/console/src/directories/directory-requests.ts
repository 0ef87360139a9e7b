import {
  AccountExplanation,
  DepartureList,
  Directory,
  DirectoryList,
  DirectoryPreview,
  Findings,
} from '@interoffice/contract';
import { ask } from '../http.js';

const path = (name: string): string => `/directories/${encodeURIComponent(name)}`;

export function directories(): Promise<DirectoryList> {
  return ask(DirectoryList, '/directories');
}

export function departures(): Promise<DepartureList> {
  return ask(DepartureList, '/directories/departures');
}

/** What the next full sync would do; reads the whole directory, so it may take a while. */
export function previewOf(name: string): Promise<DirectoryPreview> {
  return ask(DirectoryPreview, `${path(name)}/preview`);
}

export function syncNow(name: string, kind: 'full' | 'changes'): Promise<Directory> {
  return ask(Directory, `${path(name)}/sync`, { method: 'POST', body: { kind } });
}

export function decideHeld(name: string, id: string, decision: 'apply' | 'reject'): Promise<Directory> {
  return ask(Directory, `${path(name)}/held/${encodeURIComponent(id)}`, { method: 'POST', body: { decision } });
}

export function examine(name: string, login: string): Promise<Findings> {
  const body = login === '' ? {} : { login };
  return ask(Findings, `${path(name)}/examine`, { method: 'POST', body });
}

export function explainPerson(jid: string): Promise<AccountExplanation> {
  return ask(AccountExplanation, `/accounts/${encodeURIComponent(jid)}/explain`);
}
