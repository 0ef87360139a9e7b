import { describe, expect, it } from 'vitest';
import { NS, parseXml, StreamError, xml } from '@interoffice/wire';
import { framingOf } from './framing.js';

describe('the frame of a stream', () => {
  it('is one document on TCP', () => {
    for (const kind of ['tcp', 'tls'] as const) {
      const framing = framingOf(kind);
      const header = framing.header({ id: 'i', from: 'im.example\'"&' });
      const features = framing.features([xml('bind', { xmlns: NS.bind })]);
      const error = framing.error(new StreamError('host-unknown', 'Nobody <here>'));
      expect(header).toMatch(/^<\?xml version="1\.0"\?>/);
      const document = parseXml(header.slice(header.indexOf('?>') + 2) + features + error + framing.footer);
      expect(document.is('stream', NS.stream)).toBe(true);
      expect(document.attrs).toMatchObject({ id: 'i', from: 'im.example\'"&', version: '1.0', 'xml:lang': 'en' });
      const [offered, fault] = document.getChildElements();
      expect(offered!.getChild('bind', NS.bind)).toBeDefined();
      expect(fault!.getChild('host-unknown', 'urn:ietf:params:xml:ns:xmpp-streams')).toBeDefined();
    }
  });

  it('is a message each on WebSocket, which stands alone', () => {
    const framing = framingOf('websocket');
    expect(parseXml(framing.header({ id: 'i', from: undefined })).attrs).toEqual({
      xmlns: NS.framing,
      version: '1.0',
      'xml:lang': 'en',
      id: 'i',
    });
    const features = parseXml(framing.features([xml('bind', { xmlns: NS.bind })]));
    expect(features.is('features', NS.stream)).toBe(true);
    expect(features.getChild('bind', NS.bind)).toBeDefined();
    expect(parseXml(framing.error(new StreamError('conflict'))).is('error', NS.stream)).toBe(true);
    expect(parseXml(framing.footer).is('close', NS.framing)).toBe(true);
  });
});
