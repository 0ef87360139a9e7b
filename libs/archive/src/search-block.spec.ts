import { describe, expect, it } from 'vitest';
import { idAt } from './ids.js';
import { BETWEEN_TEXTS, type Recorded, stretchesOf } from './search-block.js';

const MAY = Date.UTC(2026, 4, 31, 23, 59);

function recorded(seconds: number, body: string | null = 'Text', retentionClass = 0): Recorded {
  return { id: idAt(MAY + seconds * 1_000), retentionClass, body, marks: [] };
}

describe('blocks of the text index', () => {
  it('hold successive messages of one class, without those that have nothing to be found by', () => {
    const rows = [recorded(0), recorded(1, null), recorded(2, 'OTHER', 7), recorded(3, ''), recorded(4, 'Möre')];
    const [stretch, ...further] = stretchesOf(rows);
    expect(further).toEqual([]);
    expect(stretch).toMatchObject({ firstId: rows[0]!.id, lastId: rows[4]!.id });
    expect(stretch!.blocks.map(({ retentionClass }) => retentionClass)).toEqual([0, 7]);
    expect(stretch!.blocks[0]!.columns().contents).toBe(`text${BETWEEN_TEXTS}more`);
    expect(stretch!.blocks[1]!.columns().ids.toString('hex', 24)).toBe(rows[2]!.id);
  });

  it('end with their month, so that what retention ends goes away as a whole', () => {
    const rows = [recorded(58), recorded(59), recorded(60)];
    expect(stretchesOf(rows).map(({ firstId }) => firstId)).toEqual([rows[0]!.id, rows[2]!.id]);
  });

  it('have bounds in messages and in text', () => {
    expect(stretchesOf(Array.from({ length: 600 }, (_, i) => recorded(i / 100)))).toHaveLength(3);
    expect(stretchesOf(Array.from({ length: 5 }, (_, i) => recorded(i, 'x'.repeat(20_000))))).toHaveLength(3);
    expect(stretchesOf([])).toEqual([]);
  });
});
