import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle } from '@mui/material';
import type { Room } from '@interoffice/contract';
import { useState } from 'react';
import {
  AutocompleteInput,
  Form,
  maxLength,
  minLength,
  ReferenceInput,
  required,
  TextInput,
  useNotify,
  usePermissions,
  useRecordContext,
  useRefresh,
} from 'react-admin';
import { retireRoom } from './room-requests.js';
import { titleOf } from './room-title.js';

/** Ends a room for good, after a question and for a reason. */
export function RetireButton() {
  const room = useRecordContext<Room & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [asking, setAsking] = useState(false);
  if (!room || room.retired || !permissions.includes('rooms:write')) return null;
  return (
    <>
      <Button size="small" color="error" variant="outlined" onClick={() => setAsking(true)}>
        Retire
      </Button>
      {asking ? <RetireDialog room={room} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

const SUGGESTED = { filter: { state: 'open' }, sort: { field: 'title', order: 'ASC' }, perPage: 10 } as const;
const asQuery = (text: string) => (text === '' ? {} : { text });

function RetireDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const notify = useNotify();
  const refresh = useRefresh();
  const retire = async ({ reason, alternate }: Record<string, unknown>): Promise<void> => {
    try {
      await retireRoom(room.jid, { reason: String(reason), alternate: typeof alternate === 'string' ? alternate : '' });
      onClose();
      notify(`${titleOf(room)} is retired.`, { type: 'success' });
      refresh();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="retire-title">
      <Form onSubmit={retire}>
        <DialogTitle id="retire-title">Retire {titleOf(room)}?</DialogTitle>
        <DialogContent>
          <DialogContentText sx={{ mb: 2 }}>
            Everybody leaves the room and nobody can enter it any more. What was said stays in the archive. This is not
            undone.
          </DialogContentText>
          <TextInput
            source="reason"
            helperText="Shown to everybody who is there or comes later, and kept in the audit log"
            validate={[required(), minLength(3), maxLength(500)]}
            autoFocus
            fullWidth
          />
          <ReferenceInput source="alternate" reference="rooms" {...SUGGESTED}>
            <AutocompleteInput
              label="Go to instead"
              helperText="The room people are sent to; may be empty"
              optionText={(other: Room) => `${titleOf(other)} – ${other.jid}`}
              filterToQuery={asQuery}
              fullWidth
            />
          </ReferenceInput>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" color="error" variant="contained">
            Retire
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
