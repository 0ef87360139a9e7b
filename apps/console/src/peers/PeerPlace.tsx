import { Box, Typography } from '@mui/material';
import type { Peer } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import { placeWords } from './place-words.js';

/** Where a peer stands among our offices, by the settings; nothing where they say nothing of it. */
export function PeerPlace({ peer }: { peer: Peer }) {
  const said = placeWords(peer);
  if (said.length === 0) return null;
  return (
    <Box>
      {said.map((words) => (
        <Typography key={words} variant="body2">
          <PlainText text={words} />
        </Typography>
      ))}
    </Box>
  );
}
