import type { BoundDevice, C2sStream, StreamEnd } from '@interoffice/stream';
import { type Jid, NS, type Scanner, StreamError, xml } from '@interoffice/wire';
import type { Session } from './session.js';

/** What a device does with the rest of routing. */
export interface DeviceParts {
  readonly enter: (session: Session, bytes: Buffer, scan: Scanner) => Promise<unknown> | undefined;
  readonly left: (device: Device, end: StreamEnd) => void;
  readonly acknowledged: (session: Session) => void;
}

/** A session as its stream sees it. A resumed session has a new one; what the old one still says is not heard. */
export class Device implements BoundDevice {
  constructor(
    readonly session: Session,
    readonly stream: C2sStream,
    private readonly parts: DeviceParts,
  ) {}

  get jid(): Jid {
    return this.session.jid;
  }

  element(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined {
    return this.parts.enter(this.session, bytes, scan);
  }

  gone(end: StreamEnd): void {
    this.parts.left(this, end);
  }

  get handled(): number | undefined {
    return this.session.unacknowledged && this.session.handled;
  }

  undecided(): Promise<void> | undefined {
    return this.session.whenHandled();
  }

  acknowledged(h: number): void {
    acknowledge(this.session, h);
    this.parts.acknowledged(this.session);
  }

  shouldAsk(): boolean {
    return this.session.unacknowledged?.shouldAsk(true) === true;
  }
}

/** Takes the client's count. Throws the stream error of XEP-0198 §6 when it was not sent so many. */
export function acknowledge({ unacknowledged }: Session, h: number): void {
  if (!unacknowledged || unacknowledged.acknowledge(h)) return;
  const sent = unacknowledged.sent % 2 ** 32;
  const application = xml('handled-count-too-high', {
    xmlns: NS.streamManagement,
    h: String(h),
    'send-count': String(sent),
  });
  throw new StreamError('undefined-condition', `The client acknowledges ${h} stanzas, but was sent ${sent}.`, {
    application,
  });
}
