import { Element } from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { parseXml } from './document.js';
import { NS } from './namespaces.js';
import { serialize } from './serialize.js';
import { StanzaError, badRequest, gone, itemNotFound, readStanzaError, resourceConstraint } from './stanza-error.js';
import {
  child,
  childElements,
  childText,
  errorReply,
  iqType,
  isIq,
  isMessage,
  isPresence,
  messageType,
  presenceType,
  removeChildren,
  reply,
} from './stanza.js';
import { STREAM_ERROR_CONDITIONS, StreamError } from './stream-error.js';

const stanza = (xml: string): Element => parseXml(xml, 'jabber:client');

describe('a stanza', () => {
  it('has a kind and a type, with the defaults of RFC 6121', () => {
    expect([isIq(stanza('<iq/>')), isMessage(stanza('<message/>')), isPresence(stanza('<presence/>'))]).toEqual([
      true,
      true,
      true,
    ]);
    expect(iqType(stanza('<iq type="get"/>'))).toBe('get');
    expect(iqType(stanza('<iq type="GET"/>'))).toBeUndefined();
    expect(messageType(stanza('<message/>'))).toBe('normal');
    expect(messageType(stanza('<message type="x"/>'))).toBe('normal');
    expect(messageType(stanza('<message type="chat"/>'))).toBe('chat');
    expect(presenceType(stanza('<presence/>'))).toBe('available');
    expect(presenceType(stanza('<presence type="available"/>'))).toBeUndefined();
    expect(presenceType(stanza('<presence type="probe"/>'))).toBe('probe');
  });

  it('tells and loses its children', () => {
    const message = stanza('<message>a<body>Hi</body><x xmlns="urn:x"/><x xmlns="urn:y"/>b</message>');
    expect(childText(message, 'body')).toBe('Hi');
    expect(childText(message, 'subject')).toBeUndefined();
    expect(child(message, 'x', 'urn:y')?.getNS()).toBe('urn:y');
    expect(removeChildren(message, (element) => element.name === 'x')).toBe(2);
    expect(childElements(message).map((element) => element.name)).toEqual(['body']);
  });

  it('is answered to where it came from, under its id', () => {
    const iq = stanza('<iq type="get" id="1" from="a@b/c" to="d"><query xmlns="urn:x"/></iq>');
    expect(serialize(reply(iq, new Element('query', { xmlns: 'urn:x' })), 'jabber:client')).toBe(
      '<iq type="result" id="1" to="a@b/c" from="d"><query xmlns="urn:x"/></iq>',
    );
    expect(serialize(reply(new Element('iq')))).toBe('<iq type="result"/>');
    expect(serialize(errorReply(iq, itemNotFound('Nobody here.'), 'd'), 'jabber:client')).toBe(
      `<iq type="error" id="1" to="a@b/c" from="d"><error type="cancel" by="d"><item-not-found xmlns="${NS.stanzas}"/><text xmlns="${NS.stanzas}" xml:lang="en">Nobody here.</text></error></iq>`,
    );
  });
});

describe('a stanza error', () => {
  it('has the type its condition suggests unless told otherwise', () => {
    expect(badRequest().type).toBe('modify');
    expect(resourceConstraint('Later.')).toMatchObject({ type: 'wait', text: 'Later.' });
    expect(new StanzaError('forbidden', { type: 'cancel' }).type).toBe('cancel');
  });

  it('can carry a condition of its application and another address', () => {
    const error = gone(undefined, { alternative: 'xmpp:new@im.example', appCondition: { name: 'x', xmlns: 'urn:x' } });
    expect(serialize(error.toElement())).toBe(
      `<error type="cancel"><gone xmlns="${NS.stanzas}">xmpp:new@im.example</gone><x xmlns="urn:x"/></error>`,
    );
  });

  it('can be read back, whatever the peer left out', () => {
    const sent = new Element('message').cnode(itemNotFound('No.').toElement()).up();
    expect(readStanzaError(parseXml(serialize(sent)))).toMatchObject({
      condition: 'item-not-found',
      type: 'cancel',
      text: 'No.',
    });
    expect(readStanzaError(new Element('message')).condition).toBe('undefined-condition');
    expect(readStanzaError(stanza('<iq><error type="x"><no xmlns="urn:x"/></error></iq>')).type).toBe('cancel');
  });
});

describe('a stream error', () => {
  it('is written with its condition and a sentence', () => {
    const error = new StreamError('policy-violation', 'Too <big>.');
    expect(error.message).toBe('policy-violation: Too <big>.');
    expect(error.toXml()).toBe(
      `<stream:error><policy-violation xmlns="${NS.streams}"/><text xmlns="${NS.streams}" xml:lang="en">Too &lt;big&gt;.</text></stream:error>`,
    );
    for (const condition of STREAM_ERROR_CONDITIONS) {
      const tree = parseXml(new StreamError(condition).toXml({ declarePrefix: true }));
      expect(tree.getNS()).toBe(NS.stream);
      expect(tree.getChild(condition, NS.streams)).toBeDefined();
    }
  });
});
