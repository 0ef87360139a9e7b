import { Box, Link, Typography } from '@mui/material';
import type { DirectoryChange } from '@interoffice/contract';
import { Link as RouterLink } from 'react-router';
import { PlainText } from '../PlainText.js';

interface People {
  readonly count: number;
  readonly first: readonly DirectoryChange[];
}

/** The first of those a sync changes, with the reason, and how many there are. */
export function PeopleChanged({ title, people: { count, first } }: { title: string; people: People }) {
  if (count === 0) return null;
  return (
    <Box component="details" open={count <= 10}>
      <Typography component="summary" variant="subtitle2" sx={{ cursor: 'pointer' }}>
        {title}: {count}
      </Typography>
      <Box component="ul" sx={{ my: 0.5, maxHeight: 240, overflowY: 'auto' }}>
        {first.map(({ jid, name, why }) => (
          <li key={jid}>
            <Link component={RouterLink} to={`/accounts/${encodeURIComponent(jid)}/show`}>
              <PlainText text={name ?? jid} />
            </Link>
            {why === undefined ? null : <PlainText text={` – ${why}`} />}
          </li>
        ))}
        {count > first.length ? <li>… and {count - first.length} more</li> : null}
      </Box>
    </Box>
  );
}
