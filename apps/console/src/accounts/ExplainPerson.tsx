import { Alert, Box, Chip, LinearProgress, Stack, Typography } from '@mui/material';
import type { AccountExplanation } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { explainPerson } from '../directories/directory-requests.js';
import { PlainText } from '../PlainText.js';

/** What decides about one person: entry, filters, groups, rooms, roles; and why a log-in fails. */
export function ExplainPerson({ jid }: { jid: string }) {
  const query = { queryKey: ['explain', jid], queryFn: () => explainPerson(jid), retry: false };
  const { data, error, isPending } = useQuery(query);
  return (
    <Stack spacing={2} component="section" aria-labelledby="explain-title">
      <Typography id="explain-title" variant="h6" component="h3">
        What decides
      </Typography>
      {isPending ? <LinearProgress aria-label="Asking the directory" /> : null}
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {data ? <Facts of={data} /> : null}
    </Stack>
  );
}

function Facts({ of }: { of: AccountExplanation }) {
  const { mayLogIn, because, directory, dn, server, filters, names, formerNames, groups, rooms, teams, roles } = of;
  return (
    <>
      <Alert severity={mayLogIn ? 'success' : 'error'}>
        {mayLogIn ? 'Can log in.' : 'Cannot log in.'}
        <Lines lines={because} />
      </Alert>
      <Part title="Entry">
        <PlainText
          text={[dn ?? 'no entry', `in ${directory}`, server && `asked ${server}`].filter(Boolean).join(', ')}
        />
      </Part>
      {filters.length > 0 ? (
        <Part title="Filters">
          <Stack spacing={0.5}>
            {filters.map(({ name, passed, detail }) => (
              <Box key={name} sx={{ overflowWrap: 'anywhere' }}>
                <Chip size="small" color={passed ? 'success' : 'error'} label={passed ? 'passed' : 'failed'} /> {name}:{' '}
                <PlainText text={detail} />
              </Box>
            ))}
          </Stack>
        </Part>
      ) : null}
      <Part title="May type to log in">
        <Lines lines={names} />
      </Part>
      {formerNames.length > 0 ? (
        <Part title="Former names">
          <Lines lines={formerNames} />
        </Part>
      ) : null}
      <Part title={`Groups (${groups.length})`}>
        <Lines lines={groups.map(({ name, via }) => (via.length === 0 ? name : `${name}, via ${via.join(' → ')}`))} />
      </Part>
      <Part title="Roles">
        <Lines lines={roles.map(({ role, scope, because: why }) => `${role} (${scope}): ${why}`)} />
      </Part>
      <Part title={`Rooms (${rooms.length})`}>
        <Lines
          lines={rooms.map(({ room, affiliation, because: why }) =>
            why === undefined ? `${room}: ${affiliation}` : `${room}: ${affiliation}; ${why}`,
          )}
        />
      </Part>
      <Part title={`Groups in the contact list (${teams.length})`}>
        <Lines lines={teams.map(({ name, as, because: why }) => `${name}: ${as}, ${why}`)} />
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box>
      <Typography variant="subtitle2" component="h4">
        {title}
      </Typography>
      {children}
    </Box>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return <Typography variant="body2">none</Typography>;
  return (
    <Box component="ul" sx={{ my: 0, pl: 3 }}>
      {lines.map((line) => (
        <li key={line}>
          <PlainText text={line} />
        </li>
      ))}
    </Box>
  );
}
