import type { ExportFolder } from '../folder.js';
import { LineWriter } from '../line-writer.js';
import type { ExportRequest } from '../request.js';
import type { Writer } from '../writer.js';
import { csv } from './csv.js';
import { jsonl } from './jsonl.js';
import { xml } from './xml.js';

/** The writer of the format that was asked for; `from`: what its `safe` gave before it was interrupted. */
export function openWriter(
  { format, splitBytes }: ExportRequest,
  { path: folder }: ExportFolder,
  from: unknown,
): Writer {
  return new LineWriter({ jsonl, csv, xml }[format], { folder, splitBytes, from });
}
