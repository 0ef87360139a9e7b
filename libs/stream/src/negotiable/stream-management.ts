import { type Element, NS, StreamError, xml } from '@interoffice/wire';
import type { BoundDevice } from '../bound-device.js';
import type { C2sStream } from '../c2s.js';
import type { StreamFeature } from '../negotiation.js';

/** What the client asks for with `<enable/>`. XEP-0198 §3 */
export interface EnableWish {
  readonly resume: boolean;
  readonly maxSeconds: number | undefined;
}

/** `id` is undefined when the stream cannot be resumed. */
export interface Enabled {
  readonly resumption: { readonly id: string; readonly maxSeconds: number } | undefined;
}

/** The former stream's device goes on here: `<resumed h=…/>` is sent, then `goOn` sends what the client has not got. */
export interface Resumed {
  readonly device: BoundDevice;
  readonly h: number;
  readonly goOn: () => void;
}

/** Why a stream is not resumed; `h` when the former stream is still known. XEP-0198 §5 */
export interface NotResumed {
  readonly condition: 'item-not-found' | 'unexpected-request' | 'resource-constraint' | 'internal-server-error';
  readonly h?: number;
}

/** What stands behind stream management: which devices are kept, and for how long. */
export interface StreamManagement {
  /** Once per device; stanzas are counted from here on. */
  enable(device: BoundDevice, wish: EnableWish): Enabled;
  /** Throws StreamError when `h` is more than was sent. */
  resume(stream: C2sStream, request: { readonly id: string; readonly h: number }): Promise<Resumed | NotResumed>;
}

const OFFER = xml('sm', { xmlns: NS.streamManagement });
const LONGEST_ID = 4000;
const MOST_H = 2 ** 32 - 1;

/** Stream Management: acknowledgements both ways, and streams that survive their connection. XEP-0198 */
export function streamManagement(management: StreamManagement): StreamFeature {
  return {
    name: 'stream-management',
    needs: [],
    forbids: [],
    // XEP-0198 §2: behind the log-in; a resumed stream never gets features again.
    offer: (stream) => (stream.achieved.has('authenticated') ? OFFER : undefined),
    accepts: { namespace: NS.streamManagement, names: ['enable', 'resume', 'r', 'a'] },
    take: (stream, element) => {
      const name = element.getName();
      if (name === 'enable') enable(stream, element, management);
      else if (name === 'resume') resume(stream, element, management);
      else if (stream.device?.handled === undefined)
        throw new StreamError('policy-violation', 'Stream management has not been enabled on this stream.');
      else if (name === 'r') stream.acknowledge();
      else stream.device.acknowledged(readH(element));
    },
  };
}

function enable(stream: C2sStream, element: Element, management: StreamManagement): void {
  const { device } = stream;
  if (!device) return stream.sendElement(failed({ condition: 'unexpected-request' }));
  // XEP-0198 §3: at most one attempt.
  if (device.handled !== undefined)
    throw new StreamError('policy-violation', 'Stream management was enabled on this stream before.');
  const { resumption } = management.enable(device, readWish(element));
  const { id, maxSeconds } = resumption ?? {};
  const attributes = id === undefined ? {} : { id, resume: 'true', max: String(maxSeconds) };
  stream.sendElement(xml('enabled', { xmlns: NS.streamManagement, ...attributes }));
}

function readWish(element: Element): EnableWish {
  const max = Number(element.attrs['max'] ?? Number.NaN);
  return {
    resume: ['true', '1'].includes(String(element.attrs['resume'])),
    maxSeconds: Number.isInteger(max) && max > 0 ? max : undefined,
  };
}

function resume(stream: C2sStream, element: Element, management: StreamManagement): void {
  const id = String(element.attrs['previd'] ?? '');
  const h = readH(element);
  if (!stream.authenticated || stream.device) return stream.sendElement(failed({ condition: 'unexpected-request' }));
  if (id.length > LONGEST_ID) return stream.sendElement(failed({ condition: 'item-not-found' }));
  stream.during(
    management.resume(stream, { id, h }).then((outcome) => {
      if ('condition' in outcome) return stream.sendElement(failed(outcome));
      stream.bound(outcome.device);
      stream.sendElement(
        xml('resumed', { xmlns: NS.streamManagement, previd: id, h: String(outcome.h % (MOST_H + 1)) }),
      );
      outcome.goOn();
    }),
  );
}

function failed({ condition, h }: NotResumed): Element {
  const known = h === undefined ? {} : { h: String(h % (MOST_H + 1)) };
  return xml('failed', { xmlns: NS.streamManagement, ...known }, xml(condition, { xmlns: NS.stanzas }));
}

/** The count of an acknowledgement. Throws StreamError for what is none. */
export function readH(element: Element): number {
  const text = String(element.attrs['h'] ?? '');
  const h = Number(text);
  if (!/^\d{1,10}$/.test(text) || h > MOST_H)
    throw new StreamError('bad-format', 'The attribute h is a count of stanzas below 4294967296.');
  return h;
}
