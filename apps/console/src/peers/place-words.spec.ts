import { describe, expect, it } from 'vitest';
import { placeWords } from './place-words.js';

const none = { office: false, via: undefined, carries: [], passedOn: { to: [], from: [] } };

describe('where a peer stands', () => {
  it('is nowhere while settings say nothing but rules of it', () => {
    expect(placeWords(none)).toEqual([]);
  });

  it('is said of an office that is reached through headquarters', () => {
    expect(placeWords({ ...none, office: true, via: 'hq.example' })).toEqual([
      'Another office of ours: what it says of rooms, and that it has recorded something, is believed.',
      'It is not called itself: everything to it and from it goes through hq.example.',
    ]);
  });

  it('is said at headquarters, whom they pass on to whom, and of headquarters, whom they lead to', () => {
    const passedOn = { to: ['b.example', 'c.example'], from: ['b.example'] };
    expect(placeWords({ ...none, carries: ['tokyo.example'], passedOn })).toEqual([
      'Through it we reach tokyo.example.',
      'What it sends is passed on from here to b.example, c.example.',
      'Passed on from here to it is what comes from b.example.',
    ]);
  });
});
