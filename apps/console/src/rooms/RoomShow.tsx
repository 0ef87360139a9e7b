import { Alert, AlertTitle, Box, Divider, Stack, Typography } from '@mui/material';
import type { Room, RoomEnd } from '@interoffice/contract';
import { EditButton, Show, TopToolbar, usePermissions, useRecordContext } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { RetireButton } from './RetireButton.js';
import { WHOLE } from './room-requests.js';
import { titleOf } from './room-title.js';
import { RoomChips } from './RoomChips.js';
import { RoomPeople } from './RoomPeople.js';
import { SettingsSummary } from './SettingsSummary.js';

/** One room: who belongs to it, who is there, how it is set up. Never what is said there. */
export function RoomShow() {
  return (
    <Show title="Room" actions={<Actions />} queryOptions={WHOLE}>
      <OneRoom />
    </Show>
  );
}

function useMayChange(): boolean {
  const room = useRecordContext<Room & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  return room !== undefined && room.retired === undefined && permissions.includes('rooms:write');
}

function Actions() {
  const mayChange = useMayChange();
  return (
    <TopToolbar>
      {mayChange ? <EditButton label="Set up" /> : null}
      <RetireButton />
    </TopToolbar>
  );
}

function OneRoom() {
  const room = useRecordContext<Room & { id: string }>();
  const mayChange = useMayChange();
  if (!room) return null;
  return (
    <Stack spacing={3} sx={{ p: 2 }}>
      <Box>
        <Typography variant="h5" component="h2">
          <PlainText text={titleOf(room)} />
        </Typography>
        <Typography sx={{ color: 'text.secondary' }} gutterBottom>
          <PlainText text={room.jid} />
        </Typography>
        <RoomChips />
      </Box>
      {room.retired ? <Retired end={room.retired} /> : null}
      <About room={room} />
      <Divider />
      <RoomPeople room={room} mayChange={mayChange} />
      <Divider />
      <Stack spacing={2} component="section" aria-labelledby="settings-title">
        <Typography id="settings-title" variant="h6" component="h3">
          Settings
        </Typography>
        <SettingsSummary room={room} />
      </Stack>
    </Stack>
  );
}

function About({ room }: { room: Room }) {
  const made = `Made ${new Date(room.createdAt).toLocaleString()} by ${room.createdBy}`;
  const kind = room.template === undefined ? '' : `, as ${room.template}`;
  const office = room.office === '' ? '' : ` Office: ${room.office}.`;
  return (
    <Box>
      {room.description === '' ? null : (
        <Typography gutterBottom>
          <PlainText text={room.description} />
        </Typography>
      )}
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        <PlainText text={`${made}${kind}.${office}`} />
      </Typography>
    </Box>
  );
}

function Retired({ end: { at, by, reason, alternate } }: { end: RoomEnd }) {
  return (
    <Alert severity="warning">
      <AlertTitle>This room is retired</AlertTitle>
      <PlainText text={`${new Date(at).toLocaleString()}, by ${by}`} />
      {reason === undefined ? null : (
        <Typography>
          <PlainText text={reason} />
        </Typography>
      )}
      {alternate === undefined ? null : (
        <>
          People are sent to <PlainText text={alternate} />.
        </>
      )}
    </Alert>
  );
}
