import { describe, expect, it } from 'vitest';
import { Position } from './position.js';

describe('a position in the journal', () => {
  it('moves forward only, message by message or to another position', () => {
    const position = new Position('00000001ffffffff');
    position.moveTo(1, 0xffff_fffe);
    position.moveTo(0, 0xffff_ffff);
    position.read('00000001fffffffe');
    expect(position.text).toBe('00000001ffffffff');
    position.moveTo(2, 0);
    expect(position.text).toBe('0000000200000000');
    position.read('f000000000000001');
    expect(position.text).toBe('f000000000000001');
    position.goTo('0000000200000000');
    expect(position.text).toBe('0000000200000000');
  });

  it('stands before everything where nothing has been delivered', () => {
    expect(new Position().text).toBe('0000000000000000');
    expect(new Position().isBefore(0, 1)).toBe(true);
    expect(new Position('0000000000000001').isBefore(0, 1)).toBe(false);
  });
});
