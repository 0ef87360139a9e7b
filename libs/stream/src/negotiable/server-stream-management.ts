import { NS, StreamError, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';
import type { S2sInStream } from '../s2s-in.js';

const OFFER = xml('sm', { xmlns: NS.streamManagement });
const ENABLED = xml('enabled', { xmlns: NS.streamManagement });
const TOO_LATE = xml('failed', { xmlns: NS.streamManagement }, xml('unexpected-request', { xmlns: NS.stanzas }));
const UNKNOWN = xml('failed', { xmlns: NS.streamManagement }, xml('item-not-found', { xmlns: NS.stanzas }));

/**
 * Acknowledgements between servers. XEP-0198 §§2–4. Streams of servers are not resumed: what was not acknowledged comes
 * again over the next one, which is as sure and needs no memory of ended streams.
 */
export function serverStreamManagement(): StreamFeature<S2sInStream> {
  return {
    name: 'stream-management',
    needs: ['authenticated'],
    forbids: [],
    offer: () => OFFER,
    accepts: { namespace: NS.streamManagement, names: ['enable', 'resume', 'r', 'a'] },
    take: (stream, element) => {
      const name = element.getName();
      if (name === 'resume') stream.sendElement(UNKNOWN);
      else if (name === 'enable') enable(stream);
      else if (!stream.isManaged)
        throw new StreamError('policy-violation', 'Stream management has not been enabled on this stream.');
      else if (name === 'r') stream.acknowledge();
      // Where only answers to these are sent there is nothing to acknowledge.
      else stream.takeAck(element);
    },
  };
}

function enable(stream: S2sInStream): void {
  if (!stream.enableManagement()) return stream.sendElement(TOO_LATE);
  stream.sendElement(ENABLED);
  stream.managementEnabled();
}
