import { describe, expect, it } from 'vitest';
import { Mark } from './mark.js';

describe('a mark on the journal', () => {
  it('moves forward only, message by message or to another mark', () => {
    const mark = new Mark('00000001ffffffff');
    mark.moveTo(1, 0xffff_fffe);
    mark.moveTo(0, 0xffff_ffff);
    mark.read('00000001fffffffe');
    expect(mark.text).toBe('00000001ffffffff');
    mark.moveTo(2, 0);
    expect(mark.text).toBe('0000000200000000');
    mark.read('f000000000000001');
    expect(mark.text).toBe('f000000000000001');
    mark.goBack('0000000200000000');
    expect(mark.text).toBe('0000000200000000');
  });

  it('stands before everything where nothing has been delivered', () => {
    expect(new Mark().text).toBe('0000000000000000');
  });
});
