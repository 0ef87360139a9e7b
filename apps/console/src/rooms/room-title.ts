import { visibleText } from '../visible-text.js';

/** What a room is called, or else what stands before the @ of its address. */
export function titleOf({ title = '', jid = '' }: { title?: string; jid?: string }): string {
  return visibleText(title.trim() === '' ? jid.replace(/@.*$/, '') : title);
}
