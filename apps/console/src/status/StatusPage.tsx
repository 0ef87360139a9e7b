import { Alert, Box, Card, CardContent, Chip, Stack, Typography } from '@mui/material';
import type { PartStatus } from '@interoffice/contract';
import { Title } from 'react-admin';
import { useStatus } from './use-status.js';

const COLOUR = { working: 'success', failing: 'error', off: 'default' } as const;

/** Each part of the server: whether it really works, since when, and what to do. */
export function StatusPage() {
  const { data, error } = useStatus();
  return (
    <Box sx={{ mt: 2 }}>
      <Title title="Status" />
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {data ? (
        <Alert severity={data.working ? 'success' : 'error'} sx={{ mb: 2 }}>
          {data.working ? 'Everything works.' : 'Something does not work.'} Checked {moment(data.checkedAt)}, version{' '}
          {data.version}.
        </Alert>
      ) : null}
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fill, minmax(300px, 1fr))' }}>
        {data?.parts.map((part) => (
          <Part key={part.name} part={part} />
        ))}
      </Box>
    </Box>
  );
}

function Part({ part }: { part: PartStatus }) {
  return (
    <Card variant="outlined">
      <CardContent>
        <Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center', mb: 1 }}>
          <Typography variant="h6" component="h2">
            {part.name}
          </Typography>
          <Chip
            size="small"
            label={part.state}
            color={COLOUR[part.state]}
            variant={part.state === 'failing' ? 'filled' : 'outlined'}
          />
        </Stack>
        <Typography variant="body2" sx={{ overflowWrap: 'anywhere' }}>
          {part.detail}
        </Typography>
        <Typography variant="caption" color="text.secondary">
          {part.state} since {moment(part.since)}
        </Typography>
        {part.remedy === undefined ? null : (
          <Alert severity="warning" sx={{ mt: 1 }}>
            {part.remedy}
          </Alert>
        )}
      </CardContent>
    </Card>
  );
}

function moment(iso: string): string {
  return new Date(iso).toLocaleString();
}
