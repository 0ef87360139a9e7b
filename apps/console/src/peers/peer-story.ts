import type { Peer, PeerAttempt, PeerDetail, PeerEnd } from '@interoffice/contract';
import { remedyOf, SIDE_WORDS } from './whose-side.js';
import { STEP_NAMES, stepOf } from './steps.js';

/** What the page of a peer says before everything else. */
export interface Story {
  readonly severity: 'success' | 'info' | 'warning' | 'error';
  readonly title: string;
  /** One sentence: at which stage, on whose side, what happened, and what to do. Empty where there is nothing to say. */
  readonly text: string;
}

const WAYS = { in: 'from them to us', out: 'from us to them' } as const;

/** How it stands with a peer. `moment` writes a time. */
export function storyOf(peer: PeerDetail, moment: (iso: string) => string): Story {
  const since = peer.since === undefined ? '' : ` since ${moment(peer.since)}`;
  if (peer.state === 'denied') return { severity: 'warning', title: 'Denied by policy', text: DENIED };
  if (peer.state === 'idle') return { severity: 'info', title: 'Nothing has been sent yet', text: idle(peer) };
  if (peer.state === 'up') return { severity: 'success', title: `Connected${since}`, text: oneWay(peer) };
  if (!peer.lastEnd)
    return { severity: 'info', title: `Being called${since}`, text: 'The first try has not ended yet.' };
  const next = peer.nextTryAt === undefined ? '' : ` Next try ${moment(peer.nextTryAt)}.`;
  return { severity: 'error', title: `Not connected${since}`, text: `${reasonOf(peer, peer.lastEnd)}${next}` };
}

/** In a list: why it is not connected, in the words of who noticed. */
export function whyNot({ state, lastEnd }: Pick<Peer, 'state' | 'lastEnd'>): string {
  if (state === 'denied') return 'No rule lets anything pass.';
  return state === 'calling' ? (lastEnd?.text ?? '') : '';
}

/** The try that explains why the line is down; undefined where it was up and broke. */
function attemptFor(attempts: readonly PeerAttempt[], { code, text }: PeerEnd): PeerAttempt | undefined {
  return attempts.find((attempt) => attempt.code === code && attempt.text === text);
}

function reasonOf({ attempts }: PeerDetail, end: PeerEnd): string {
  const attempt = attemptFor(attempts, end);
  const { side, todo } = remedyOf(end.code, attempt?.stage);
  const what = attempt ? `It stops at “${STEP_NAMES[stepOf(attempt.stage)]}”` : 'It was connected and the line broke';
  return `${what}, ${SIDE_WORDS[side]}: ${closed(end.text)} ${todo}`;
}

const DENIED =
  'No rule lets anything pass to or from it, so it is neither called nor let in: write one if it is to be.';

function idle(peer: Peer): string {
  return `${peer.via ?? 'It'} is called as soon as somebody here writes to somebody there.${prefixed(oneWay(peer))}`;
}

function oneWay({ directions }: Peer): string {
  const [only] = directions;
  return directions.length === 1 && only ? `The rules let something pass ${WAYS[only]} only.` : '';
}

function prefixed(text: string): string {
  return text === '' ? '' : ` ${text}`;
}

function closed(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
