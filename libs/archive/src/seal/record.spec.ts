import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ExportedRecord, leafOfRecord } from './record.js';

const file = new URL('../../../../docs/compliance/verify/vectors.jsonl', import.meta.url);
const lines = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { source: string; leaf: string });

describe('the leaf of a record', () => {
  it('is the one of the vectors that are handed to auditors', () => {
    const records = lines.filter(({ source }) => source === 'journal').map((line) => ExportedRecord.parse(line));
    expect(records).toHaveLength(3);
    for (const record of records) expect(leafOfRecord(record)?.toString('hex')).toBe(record.leaf);
  });

  it('is none when the content was disposed of', () => {
    const { stanza: _gone, ...record } = ExportedRecord.parse(lines[0]);
    expect(leafOfRecord(record)).toBeUndefined();
  });
});
