import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/images');

/** What a page that shows nothing takes as PNG at most, in bytes. */
const BLANK_BYTES = 15_000;

/** A picture of the page; it goes to docs/images when this run is to renew the pictures (`-- --pictures`). */
export async function picture(page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  expect(png.length).toBeGreaterThan(BLANK_BYTES);
  if (process.env['INTEROP_PICTURES'] === '1') writeFileSync(path.join(FOLDER, `${name}.png`), png);
}
