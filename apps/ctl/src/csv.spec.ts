import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.js';

const COLUMNS = ['jid', 'password', 'name'] as const;

describe('the CSV of accounts', () => {
  it('reads quoted cells, commas, quotes, line ends and a byte order mark', () => {
    const text = '\uFEFFjid,password,name\r\na@x,"p,""1",Anna\r\nb@x,p2,"Berg\nBo"\n\nc@x,p3,\n';
    expect(readCsv(text, COLUMNS)).toEqual([
      { line: 2, jid: 'a@x', password: 'p,"1', name: 'Anna' },
      { line: 3, jid: 'b@x', password: 'p2', name: 'Berg\nBo' },
      { line: 6, jid: 'c@x', password: 'p3' },
    ]);
  });

  it('takes the columns in any order and fewer of them', () => {
    expect(readCsv('password,jid\ns,a@x', COLUMNS)).toEqual([{ line: 2, jid: 'a@x', password: 's' }]);
  });

  it.each([
    ['', 'Line 1: the file is empty.'],
    ['jid,colour\n', 'Line 1: there is no column "colour"; known: jid, password, name.'],
    ['jid,password\na@x\n', 'Line 2: 1 cells where the header has 2.'],
    ['jid,password\na@x,"p\n', 'Line 2: a quote is not closed.'],
    ['jid,password\n"a@x"y,p\n', 'Line 2: something stands behind a closing quote.'],
  ])('names the line of what it cannot read: %j', (text, message) => {
    expect(() => readCsv(text, COLUMNS)).toThrow(message);
  });
});
