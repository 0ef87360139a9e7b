import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party } from '../../../test/support/recordable.js';
import { RecordedArchive } from '../../../test/support/recorded-archive.js';

/** What was said, and what each must be found by. asks.md 18 */
const PLANTED: readonly (readonly [text: string, ...by: string[]])[] = [
  [
    'The indemnification clause of the Hartwell deal',
    'indemnification',
    'emnific',
    'hartwell deal',
    '"Hartwell deal"',
    'dea',
  ],
  [
    'Donaudampfschifffahrtsgesellschaft in der Weißdornstraße',
    'schifffahrt',
    'dampfschiff',
    'weissdornstrasse',
    'Weißdorn',
    'STRASSE',
    'straße',
  ],
  ['Über Änderungen am Öl­preis naïf wir déjà', 'uber', 'Änderung', 'ölpreis', 'deja', 'naif'],
  ['Ёлка стоит, отчёт по Запорожью готов', 'елка', 'ЁЛКА', 'запорожь', 'отчет', '"отчёт по Запорожью"', 'порож'],
  [
    '来週の監査は横浜支店で、AIと行います',
    '監査',
    '横浜支店',
    '来週の監査',
    '監',
    'AI',
    'ai',
    '「横浜支店で」',
    'ます',
  ],
  ['ｶﾞｲﾄﾞﾗｲﾝのコピー', 'ガイドライン', 'ｶﾞｲﾄﾞ', 'コピ'],
  ['请把合同发给法务部门审核。', '合同', '法务部门', '审核', '法务', '发给法务'],
  ['내일 감사위원회 회의가 있습니다', '감사', '감사위원회', '회의', '위원', '"감사위원회 회의가"'],
  [
    'Işıklı köşk için ödeme yapıldı, DİYARBAKIR',
    'ışıklı',
    'IŞIKLI',
    'Işık',
    'diyarbakır',
    'DIYARBAKIR',
    'ödeme',
    'yapıl',
    'köşk',
  ],
  [
    'Host 10.73.218.9 and fe80::7c2d:91ff answer no more',
    '10.73.218.9',
    '73.218',
    '218.9',
    'fe80::7c2d',
    '"10.73.218.9"',
  ],
  [
    'Look at INC-4471902, TKT#99-81773 and 1,234.56 EUR',
    'INC-4471902',
    '4471902',
    'tkt#99-81773',
    '81773',
    '1,234.56',
    'inc',
  ],
  ['Łódź, Ørsted, Đà Nẵng and ﬁnancial ½', 'lodz', 'Łódź', 'orsted', 'da nang', 'financial'],
  ['Παπαδόπουλος ΣΟΦΟΣ', 'παπαδοπουλος', 'σοφος', 'ΠΑΠΑΔ', 'σοφοσ'],
  ['con\u200bfi\u00addential \u202eoffer\u202c', 'confidential', 'offer', '"confidential offer"'],
  ['two\n  lines\tand more', '"two lines and"', 'lines'],
  ['مُحَمَّد كتب العقد', 'محمد', 'العقد', 'عقد'],
  ['😀👍🏽 done 100% :)', '😀', '👍', '100%', ':)', 'do'],
  ['&lt;b&gt;R&amp;D&lt;/b&gt; of O\'Neill "quoted"', 'R&D', '<b>', "o'neill", 'quoted', 'r&d</b>'],
];

let archive: RecordedArchive;

/** What was planted stands among other words, some hundred messages apart. */
beforeAll(async () => {
  archive = await RecordedArchive.open();
  const [from, to] = [party(1, 'romeo@im.example/phone'), party(2, 'juliet@im.example')];
  for (const [text] of PLANTED) {
    archive.say({ from, to, body: text });
    for (let i = 0; i < 90; i++) archive.say({ from: to, to: from, body: `filler ${i} dem Bericht 10.7 감 ${i % 7}` });
  }
  await archive.journal.settled();
});
afterAll(() => archive.close());

describe('what was planted', () => {
  it.each(PLANTED)('%s', async (text, ...by) => {
    const place = PLANTED.findIndex(([planted]) => planted === text) * 91;
    for (const term of by) {
      const { hits } = await archive.officers.search({
        text: term,
        limit: 200,
        scope: '*',
        participant: 'romeo@im.example',
      });
      const hit = hits.find(({ id }) => id === archive.ids[place]);
      expect([term, hit?.id]).toEqual([term, archive.ids[place]]);
      // Each word is also where it is said to be.
      expect([term, hit?.matches?.length ?? 0]).not.toEqual([term, 0]);
    }
  });

  it('is all that is found by what only it has', async () => {
    for (const [term, count] of [
      ['hartwell', 1],
      ['監査', 1],
      ['4471902', 1],
      ['xylophon', 0],
      ['"deal Hartwell"', 0],
    ] as const) {
      expect([term, (await archive.found({ text: term })).length]).toEqual([term, count]);
    }
  });
});
