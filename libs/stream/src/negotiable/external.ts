import { NS, StreamError, tryJid, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';
import type { S2sInStream } from '../s2s-in.js';

const OFFER = xml('mechanisms', { xmlns: NS.sasl }, xml('mechanism', {}, 'EXTERNAL'));

/**
 * Another server logs in with its certificate. XEP-0178 §3: the domain it claims stands in its stream header, in the
 * authorization identity, or in both, which have to agree then. The certificate has been judged, or is judged now.
 */
export function external(): StreamFeature<S2sInStream> {
  const fail = (stream: S2sInStream, condition: string, text: string): void => {
    stream.sendElement(xml('failure', { xmlns: NS.sasl }, xml(condition), xml('text', { 'xml:lang': 'en' }, text)));
    // One try: a second would show the same certificate.
    throw new StreamError('not-authorized', text);
  };
  return {
    name: 'external',
    needs: ['secure'],
    forbids: ['authenticated'],
    offer: (stream) => (stream.isUncertain ? undefined : OFFER),
    accepts: { namespace: NS.sasl, names: ['auth', 'response', 'abort'] },
    take: (stream, element) => {
      if (element.getName() !== 'auth') return fail(stream, 'malformed-request', 'Nothing was asked for.');
      if (element.attrs['mechanism'] !== 'EXTERNAL')
        return fail(stream, 'invalid-mechanism', 'Servers log in here by EXTERNAL, with their certificate.');
      const claimed = claimedBy(element.getText(), stream.peer);
      if (claimed === undefined)
        return fail(stream, 'invalid-authzid', 'The authorization identity is not the domain in the stream header.');
      const refusal = stream.judge(claimed);
      if (refusal) return fail(stream, 'not-authorized', refusal.text);
      stream.authenticate(claimed, 'EXTERNAL');
      stream.sendElement(xml('success', { xmlns: NS.sasl }));
      stream.restart();
    },
  };
}

/** The domain of an authorization identity in base64; `=`, or nothing, stands for the one in the header. */
function claimedBy(text: string, fromHeader: string | undefined): string | undefined {
  if (text === '=' || text === '') return fromHeader;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return undefined;
  const identity = tryJid(bytes.toString('utf8'));
  if (!identity || identity.local !== undefined || identity.resource !== undefined) return undefined;
  return fromHeader === undefined || fromHeader === identity.domain ? identity.domain : undefined;
}
