import { Alert, LinearProgress, Stack, Typography } from '@mui/material';
import type { Room, RoomPerson } from '@interoffice/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm, useNotify, useRefresh } from 'react-admin';
import { visibleText } from '../visible-text.js';
import { AddPerson } from './AddPerson.js';
import { PeopleTable } from './PeopleTable.js';
import { relate, type Relation, roomPeople } from './room-requests.js';

const LOOK_EVERY_MS = 15_000;

/** The people of one room, with what can be changed of them. */
export function RoomPeople({ room, mayChange }: { room: Room; mayChange: boolean }) {
  const queryKey = ['room-people', room.jid];
  const { data, error, isPending } = useQuery({
    queryKey,
    queryFn: () => roomPeople(room.jid),
    refetchInterval: LOOK_EVERY_MS,
  });
  const [leaving, setLeaving] = useState<RoomPerson>();
  const client = useQueryClient();
  const notify = useNotify();
  const refresh = useRefresh();

  /** True when it is done. */
  const change = async (relation: Relation): Promise<boolean> => {
    try {
      await relate(room.jid, relation);
      await client.invalidateQueries({ queryKey });
      refresh();
      return true;
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
      return false;
    }
  };
  const remove = ({ jid }: RoomPerson): void => {
    setLeaving(undefined);
    void change({ person: jid, affiliation: 'none' });
  };

  const items = data?.items ?? [];
  const there = items.filter(({ role }) => role !== 'none').length;
  return (
    <Stack spacing={2} component="section" aria-labelledby="people-title">
      <Typography id="people-title" variant="h6" component="h3">
        People
      </Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary' }} role="status">
        {room.members} {room.members === 1 ? 'belongs' : 'belong'} to the room, {there} {there === 1 ? 'is' : 'are'}{' '}
        there now.
      </Typography>
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {isPending ? <LinearProgress aria-label="Loading" /> : null}
      {mayChange ? <AddPerson onAdd={change} /> : null}
      {data ? (
        <PeopleTable
          people={items}
          onChange={mayChange ? (relation) => void change(relation) : undefined}
          onRemove={setLeaving}
        />
      ) : null}
      <Confirm
        isOpen={leaving !== undefined}
        title={`Remove ${visibleText(leaving?.name ?? leaving?.jid ?? '')}?`}
        content={
          room.membersOnly
            ? 'Only members may enter this room: whoever is removed leaves it at once and cannot read it any more.'
            : 'The room vanishes from their chat, but anybody may enter it again.'
        }
        confirm="Remove"
        onConfirm={() => leaving && remove(leaving)}
        onClose={() => setLeaving(undefined)}
      />
    </Stack>
  );
}
