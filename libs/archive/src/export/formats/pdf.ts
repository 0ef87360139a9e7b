import type { DocumentFormat } from '../document-writer.js';

/** Some 60 pages: a file is made in memory. */
const MOST_MESSAGES = 1_000;

/** A file of PDF/A-2b for each conversation and day. */
export const pdf: DocumentFormat = {
  extension: 'pdf',
  order: 'conversations',
  mostMessages: MOST_MESSAGES,
  // Fonts take seconds to load, and only this form needs them.
  render: async (document) => (await import('./pdf-transcript.js')).pdfOf(document),
};
