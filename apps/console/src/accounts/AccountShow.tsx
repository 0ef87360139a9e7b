import { Avatar, Box, Stack, Typography } from '@mui/material';
import type { Account } from '@interoffice/contract';
import { DateField, Labeled, Show, TextField, TopToolbar, useRecordContext } from 'react-admin';
import { ExplainPerson } from './ExplainPerson.js';
import { RenameButton } from './RenameButton.js';
import { StateChip } from './StateChip.js';
import { SuspendButton } from './SuspendButton.js';

const FIELDS = [
  ['mail', 'Mail'],
  ['title', 'Title'],
  ['department', 'Department'],
  ['office', 'Office'],
  ['phone', 'Phone'],
  ['role', 'Role'],
  ['directory', 'Comes from'],
] as const;

/** One person, with photo, and the buttons that rename them, end or restore their access. */
export function AccountShow() {
  return (
    <Show
      title="Account"
      actions={
        <TopToolbar>
          <RenameButton />
          <SuspendButton />
        </TopToolbar>
      }
    >
      <Person />
    </Show>
  );
}

function Person() {
  const account = useRecordContext<Account & { id: string }>();
  if (!account) return null;
  const photo = account.hasPhoto ? `/api/v1/accounts/${encodeURIComponent(account.jid)}/photo` : undefined;
  return (
    <Stack spacing={3} sx={{ p: 2 }}>
      <Stack direction="row" spacing={2} sx={{ alignItems: 'center' }}>
        <Avatar src={photo} alt="" sx={{ width: 88, height: 88 }} variant="rounded" />
        <Box>
          <Typography variant="h5" component="h2">
            {account.name ?? account.jid}
          </Typography>
          <Typography color="text.secondary" gutterBottom>
            {account.jid}
          </Typography>
          <StateChip />
        </Box>
      </Stack>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fill, minmax(220px, 1fr))' }}>
        {FIELDS.map(([source, label]) => (
          <Labeled key={source} label={label}>
            <TextField source={source} emptyText="–" />
          </Labeled>
        ))}
        <Labeled label="Since">
          <DateField source="createdAt" showTime />
        </Labeled>
        <Labeled label="Last log-in">
          <DateField source="lastLoginAt" showTime emptyText="never" />
        </Labeled>
      </Box>
      <ExplainPerson jid={account.jid} />
    </Stack>
  );
}
