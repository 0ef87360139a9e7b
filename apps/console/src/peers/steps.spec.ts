import { describe, expect, it } from 'vitest';
import { PEER_STAGES, type PeerAttempt, type PeerDetail } from '@interoffice/contract';
import { STEPS, stepOf, stepsOf } from './steps.js';

const tried = (stage: string, code: string): Pick<PeerDetail, 'state' | 'attempts'> => ({
  state: 'calling',
  attempts: [{ stage, code } as PeerAttempt, { stage: 'ready', code: 'ok' } as PeerAttempt],
});

describe('the steps on the way to a peer', () => {
  it.each([
    ['resolve', 'failed open open open open open open open'],
    ['proxy', 'done failed open open open open open open'],
    ['connect', 'done done failed open open open open open'],
    ['stream', 'done done done failed open open open open'],
    ['tls', 'done done done failed open open open open'],
    ['certificate', 'done done done done failed open open open'],
    ['authentication', 'done done done done done done failed open'],
  ])('show where the latest try stopped: %s', (stage, shown) => {
    expect(stepsOf(tried(stage, 'refused')).join(' ')).toBe(shown);
  });

  it('are all done where the latest try led to the end', () => {
    expect(new Set(stepsOf(tried('ready', 'ok')))).toEqual(new Set(['done']));
  });

  it('are open where nothing was tried, and end at policy for who is denied', () => {
    expect(new Set(stepsOf({ state: 'idle', attempts: [] }))).toEqual(new Set(['open']));
    expect(stepsOf({ ...tried('ready', 'ok'), state: 'denied' }).join(' ')).toBe(
      'open open open open open open open failed',
    );
  });

  it('have a place for every stage there is, and for one of a later release', () => {
    for (const stage of PEER_STAGES) expect(STEPS).toContain(stepOf(stage));
    expect(stepOf('quantum')).toBe('features');
  });
});
