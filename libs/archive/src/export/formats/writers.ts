import { type DocumentFormat, DocumentWriter } from '../document-writer.js';
import { type LineFormat, LineWriter } from '../line-writer.js';
import type { ExportFormat } from '../request.js';
import type { Target, Writer } from '../writer.js';
import { csv } from './csv.js';
import { eml, emlDay } from './eml.js';
import { jsonl } from './jsonl.js';
import { pdf } from './pdf.js';
import { rsmf } from './rsmf.js';
import { xml } from './xml.js';

const FORMATS: Readonly<Record<ExportFormat, LineFormat | DocumentFormat>> = {
  jsonl,
  csv,
  xml,
  eml,
  'eml-day': emlDay,
  rsmf,
  pdf,
};

export function openWriter(name: ExportFormat, target: Target): Writer {
  const format = FORMATS[name];
  return 'entry' in format ? new LineWriter(format, target) : new DocumentWriter(format, target);
}
