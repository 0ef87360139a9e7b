import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

// What fades in or out has the colours of neither state: it is looked at as it will be.
const STILL = `{
  const still = new CSSStyleSheet();
  still.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets.push(still);
}`;
const MOVING = 'document.adoptedStyleSheets.pop(); 0';

/** Each serious or critical breach of WCAG 2.x A and AA that axe-core sees on the page, as `rule: element reason`. */
export async function barriers(page: Page): Promise<string[]> {
  // Through the debugger, which the page's Content-Security-Policy does not concern.
  await page.evaluate(`${SOURCE};${STILL}`);
  const { violations, incomplete, passes } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`,
  );
  await page.evaluate(MOVING);
  const read = [...violations, ...incomplete, ...passes].filter(({ id }) => id === 'color-contrast');
  // What it takes for hidden it does not look at.
  if (!read.some(({ nodes }) => nodes.some(({ any }) => any[0]?.data))) throw new Error('axe-core sees no text here.');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`));
}
