import { Box } from '@mui/material';
import { markedRuns } from './visible-text.js';

interface PlainTextProps {
  readonly text: string;
  /** What is marked of it. */
  readonly places?: readonly (readonly [start: number, end: number])[] | undefined;
}

/** Somebody's words as text and nothing else: isolated in direction, what was found marked, never markup. */
export function PlainText({ text, places }: PlainTextProps) {
  return (
    <Box component="bdi" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {markedRuns(text, places).map((run, index) =>
        run.found ? <mark key={index}>{run.text}</mark> : <span key={index}>{run.text}</span>,
      )}
    </Box>
  );
}
