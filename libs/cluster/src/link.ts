// A link joins two processes of ours: the server and a gateway. What it carries is for the layers above to say.

/** Why a link is over. */
export type LinkEndCode =
  | 'ended'
  | 'cut'
  | 'silent'
  | 'protocol'
  | 'version'
  | 'untrusted'
  | 'not-admitted'
  | 'not-reading'
  | 'refused'
  | 'timeout'
  | 'no-route'
  | 'failed';

/** Why a link is over, or did not come about: for programs and for people. */
export interface LinkEnd {
  readonly code: LinkEndCode;
  /** What happened, on whose side, and what to do. */
  readonly text: string;
}

/** The largest body of a frame: the largest stanza between servers, and what is said about it. */
export const MOST_FRAME_BYTES = 1_048_576;

/** Kinds of frame below this are the link's own. */
export const FIRST_KIND = 16;

/**
 * One end of a link. Frames arrive once, complete and in the order in which they were sent, or the link is over: what was
 * under way then is lost, and whoever sent it has to know it and send it again over the next link. What is sent during
 * one turn leaves in one write.
 */
export interface Link {
  readonly isOpen: boolean;
  /** The other end has been sent much that it has not taken: whoever has more should wait for `relieved`. */
  readonly isChoked: boolean;
  /** Queues a copy. Dropped when the link is over. Throws a RangeError for a kind or a size that cannot be sent. */
  send(kind: number, body: Buffer, start?: number, end?: number): void;
  /** Ends it in an orderly way: what was sent still arrives. */
  end(): void;
  /** Ends it at once: what is not the other end's yet is lost. */
  destroy(end: LinkEnd): void;
}

/** Who takes what a link brings. After `gone`, nothing. */
export interface LinkSink {
  /** `body` is valid during the call. What it throws ends the link with `failed`. */
  frame(kind: number, body: Buffer): void;
  /** The link was choked, and is no more. */
  relieved(): void;
  /** The link is over. Called exactly once. */
  gone(end: LinkEnd): void;
}

/** Makes the sink for a link that is up. */
export type TakeLink = (link: Link) => LinkSink;

/** Throws unless a frame like that can be sent. */
export function checkFrame(kind: number, bytes: number): void {
  if (!Number.isInteger(kind) || kind < FIRST_KIND || kind > 255) throw new RangeError(`no frame has the kind ${kind}`);
  if (bytes > MOST_FRAME_BYTES) throw new RangeError(`${bytes} bytes in a frame; ${MOST_FRAME_BYTES} is the most`);
}
