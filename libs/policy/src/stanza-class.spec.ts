import { NS } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { classesOf, type CrossingStanza } from './stanza-class.js';

const JINGLE_FILE = 'urn:xmpp:jingle:apps:file-transfer:5';
const JINGLE_RTP = 'urn:xmpp:jingle:apps:rtp:1';

/** What it is, its kind and type, whether a room takes part, what is in it, and what policy sees in it. */
const CASES: readonly [string, CrossingStanza['kind'], string | undefined, boolean, string[], string[]][] = [
  ['words to a person', 'message', 'chat', false, [], ['chat']],
  ['words without a type', 'message', undefined, false, [NS.receipts], ['chat']],
  ['a bounce', 'message', 'error', false, [], ['chat']],
  ['words to a room', 'message', 'groupchat', true, [], ['room']],
  ['words to a room that is another server’s', 'message', 'groupchat', false, [], ['room']],
  ['a private message to an occupant', 'message', 'chat', true, [NS.mucUser], ['room']],
  ['a mediated invitation', 'message', 'normal', true, [NS.mucUser], ['room']],
  ['a direct invitation', 'message', 'normal', false, [NS.conference], ['room']],
  ['a link to a file', 'message', 'chat', false, [NS.oob], ['chat', 'file']],
  ['a link to a file for a room', 'message', 'groupchat', true, [NS.oob], ['room', 'file']],
  ['a file shared statelessly', 'message', 'chat', false, ['urn:xmpp:sfs:0'], ['chat', 'file']],
  ['a call that is proposed', 'message', 'chat', false, [NS.jingleMessage], ['chat', 'call']],
  ['an event of a node', 'message', 'headline', false, [NS.pubsubEvent], ['pubsub']],
  ['being there', 'presence', undefined, false, [NS.caps], ['presence']],
  ['asking to see somebody', 'presence', 'subscribe', false, [], ['presence']],
  ['coming into a room', 'presence', undefined, true, [NS.muc], ['room', 'presence']],
  ['leaving a room', 'presence', 'unavailable', true, [], ['room', 'presence']],
  ['a question', 'iq', 'get', false, [NS.version], ['iq']],
  ['a question without content', 'iq', 'result', false, [], ['iq']],
  ['reading a node', 'iq', 'get', false, [NS.pubsub], ['pubsub']],
  ['reading the archive of a room', 'iq', 'set', true, [NS.mam], ['room']],
  ['banning somebody', 'iq', 'set', true, [NS.mucAdmin], ['room']],
  ['a slot for an upload', 'iq', 'get', false, [NS.httpUpload], ['file']],
  ['a file by Jingle', 'iq', 'set', false, [NS.jingle, JINGLE_FILE], ['file']],
  ['a call by Jingle', 'iq', 'set', false, [NS.jingle, JINGLE_RTP], ['call']],
  ['both by Jingle', 'iq', 'set', false, [NS.jingle, JINGLE_FILE, JINGLE_RTP], ['file', 'call']],
  ['a Jingle session that says nothing of its contents', 'iq', 'set', false, [NS.jingle], ['file', 'call']],
];

describe('what a stanza is to policy', () => {
  for (const [name, kind, type, isOfRoom, namespaces, classes] of CASES) {
    it(`takes ${name} for ${classes.join(' and ')}`, () => {
      expect(classesOf({ kind, type, isOfRoom, namespaces })).toEqual(classes);
    });
  }
});
