import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PingProof } from './ping-proof.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stage() {
  const sent: string[] = [];
  const told: string[] = [];
  const proof = new PingProof({
    domain: 'berlin.example',
    peer: 'lyon.example',
    send: (bytes) => void sent.push(/id='([^']+)'/.exec(bytes.toString())![1]!),
    taken: (stanzas) => void told.push(`taken ${stanzas}`),
    silent: () => void told.push('silent'),
    unanswered: () => void told.push('unanswered'),
    withinMs: 20_000,
  });
  const note = (stanzas: number): void => {
    for (let i = 0; i < stanzas; i++) proof.note();
  };
  return { proof, sent, told, note };
}

describe('a peer that does not count what it takes', () => {
  it('has taken what was sent before the question that it answers, and nothing that came behind', () => {
    const { proof, sent, told, note } = stage();
    note(5);
    proof.ask();
    note(3);
    proof.ask();
    expect(sent).toHaveLength(1);
    expect([proof.answered('taken-of-somebody'), proof.answered(sent[0]!), told]).toEqual([false, true, ['taken 5']]);
    proof.ask();
    proof.answered(sent[1]!);
    expect(told).toEqual(['taken 5', 'taken 3']);
    proof.ask();
    expect(sent).toHaveLength(2);
  });

  it('takes no answer twice, and none that comes too late', () => {
    const { proof, sent, told, note } = stage();
    note(1);
    proof.ask();
    proof.answered(sent[0]!);
    expect(proof.answered(sent[0]!)).toBe(false);
    note(1);
    proof.ask();
    vi.advanceTimersByTime(20_000);
    expect([proof.answered(sent[1]!), told]).toEqual([false, ['taken 1', 'silent']]);
  });

  it('is not held for dead when it has never answered', () => {
    const { proof, told, note } = stage();
    note(1);
    proof.ask();
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual(['unanswered']);
  });
});
