import { escapeAttribute, escapeText, isLegalText } from '@interoffice/wire';
import type { LineFormat } from '../line-writer.js';
import type { ExportedMessage } from '../message.js';

const NAMESPACE = 'urn:interoffice:export:1';

/** docs/compliance/export-1.xsd */
export const xml: LineFormat = {
  extension: 'xml',
  frame: {
    head: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<export xmlns="${NAMESPACE}">\n`),
    tail: Buffer.from('</export>\n'),
  },
  entry: (message) => Buffer.from(`${elementOf(message)}\n`),
};

const ATTRIBUTES = [
  'id',
  'at',
  'act',
  'verdict',
  'conversation',
  'about',
  'policyVersion',
  'isEncrypted',
  'isGone',
] as const;
const TEXTS = [
  'refusedBecause',
  'decisionId',
  'room',
  'nick',
  'peer',
  'gateway',
  'moderator',
  'changeReason',
  'replyTo',
  'stanzaId',
  'thread',
  'subject',
  'body',
] as const;

// In the order of the schema.
function elementOf(message: ExportedMessage): string {
  const { from, fromName, fromDevice, fromOffice, to, toName, toDevice, toOffice } = message;
  const attributes = ATTRIBUTES.map((name) => attribute(name, message[name])).join('');
  return [
    `<message${attributes}>`,
    party('from', { jid: from, name: fromName, device: fromDevice, office: fromOffice }),
    party('to', { jid: to, name: toName, device: toDevice, office: toOffice }),
    ...TEXTS.map((name) => text(name, message[name])),
    ...(message.reactions ?? []).map((reaction) => text('reaction', reaction)),
    ...(message.attachments ?? []).map(
      ({ url, name }) => `<attachment${attribute('url', url)}${attribute('name', name)}/>`,
    ),
    '</message>',
  ].join('');
}

function party(name: string, facts: Readonly<Record<string, string | undefined>>): string {
  return `<${name}${Object.entries(facts)
    .map(([key, value]) => attribute(key, value))
    .join('')}/>`;
}

function attribute(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : ` ${name}="${escapeAttribute(legal(String(value)))}"`;
}

function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeText(legal(value))}</${name}>`;
}

/** What XML 1.0 cannot say is in no stanza; it may be in a name of a directory, and in what somebody has put into the tables. */
function legal(value: string): string {
  return isLegalText(value) ? value : Array.from(value, (one) => (isLegalText(one) ? one : '\uFFFD')).join('');
}
