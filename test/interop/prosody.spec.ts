import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { play } from '../support/script.js';
import { ROOT } from './appliance.js';
import { type Difference, expectedDifferences } from './expected-differences.js';
import { Prosody } from './prosody.js';
import { protocolScripts } from './protocol-scripts.js';

const PAGES = ['0019-where-prosody-differs.md', '0032-where-prosody-differs-in-rooms.md'];
const scripts = protocolScripts();
const alike = scripts.filter(({ file }) => expectedDifferences[file] === undefined);
const different = scripts.flatMap(({ file, script }) => {
  const difference = expectedDifferences[file];
  return difference === undefined ? [] : [{ file, script, difference }];
});

// One script: npx vitest run --config test/interop/vitest.config.ts prosody -t muc/kick.xmpp
describe('protocol scripts on Prosody', () => {
  let prosody: Prosody;
  beforeAll(async () => {
    prosody = await Prosody.open();
  });
  afterAll(() => prosody?.close());

  const firstDifference = async (script: (typeof scripts)[number]['script']): Promise<string> => {
    try {
      await play(script, prosody);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  const isAsExpected = (said: string, { seen, sometimes }: Difference): boolean =>
    said === '' ? sometimes === true : seen.test(said);

  it.concurrent.each(alike)('$script.cites ($file)', async ({ script }) => {
    await play(script, prosody);
  });

  it.concurrent.each(different)(
    'differ as written down: $difference.clause ($file)',
    async ({ script, difference }) => {
      const said = await firstDifference(script);
      expect(isAsExpected(said, difference), said || 'It passes now.').toBe(true);
    },
  );

  it('differ where the decision pages say so, and nowhere else', () => {
    const text = PAGES.map((page) => readFileSync(path.join(ROOT, 'docs/decisions', page), 'utf8')).join('\n');
    const written = [...text.matchAll(/`((?:libs|test)\/\S+\.xmpp)`/g)].map(([, file]) => file);
    expect(new Set(written)).toEqual(new Set(Object.keys(expectedDifferences)));
    expect(Object.keys(expectedDifferences).filter((file) => scripts.every((script) => script.file !== file))).toEqual(
      [],
    );
  });
});
