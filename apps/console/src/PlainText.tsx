import { Box } from '@mui/material';
import { foundRuns, visibleText } from './visible-text.js';

/** Somebody's words as text and nothing else: isolated in direction, searched words marked, never markup. */
export function PlainText({ text, searched }: { text: string; searched?: string }) {
  return (
    <Box component="bdi" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {foundRuns(visibleText(text), searched).map((run, index) =>
        run.found ? <mark key={index}>{run.text}</mark> : <span key={index}>{run.text}</span>,
      )}
    </Box>
  );
}
