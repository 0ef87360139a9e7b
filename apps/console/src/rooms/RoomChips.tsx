import { Chip, Stack } from '@mui/material';
import type { RoomSummary } from '@interoffice/contract';
import { useRecordContext } from 'react-admin';

/** What tells one room from another at a glance. */
export function RoomChips() {
  const room = useRecordContext<RoomSummary & { id: string }>();
  if (!room) return null;
  return (
    <Stack direction="row" spacing={0.5} useFlexGap sx={{ flexWrap: 'wrap' }}>
      {room.retired ? <Chip size="small" label="retired" /> : null}
      {room.membersOnly ? <Chip size="small" variant="outlined" label="members only" /> : null}
      {room.public ? null : <Chip size="small" variant="outlined" label="hidden" />}
      {room.persistent ? null : <Chip size="small" variant="outlined" label="temporary" />}
    </Stack>
  );
}
