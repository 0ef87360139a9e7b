import { Box, Link, Typography } from '@mui/material';
import { RoomState, type RoomSummary } from '@interoffice/contract';
import {
  CreateButton,
  DataTable,
  DateField,
  FunctionField,
  List,
  SearchInput,
  SelectInput,
  TextInput,
  TopToolbar,
  usePermissions,
} from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { PlainText } from '../PlainText.js';
import { titleOf } from './room-title.js';
import { RoomChips } from './RoomChips.js';

const filters = [
  <SearchInput key="text" source="text" alwaysOn placeholder="Title or address" />,
  <SelectInput key="state" source="state" alwaysOn choices={RoomState.options.map((name) => ({ id: name, name }))} />,
  <TextInput key="office" source="office" />,
];

/** Every room there is or was. */
export function RoomList() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const mayWrite = permissions.includes('rooms:write');
  return (
    <List
      filters={filters}
      sort={{ field: 'title', order: 'ASC' }}
      perPage={25}
      exporter={false}
      actions={<TopToolbar>{mayWrite ? <CreateButton label="New room" /> : null}</TopToolbar>}
      empty={<NoRooms mayWrite={mayWrite} />}
      title="Rooms"
      queryOptions={{ refetchInterval: 15_000 }}
    >
      <DataTable rowClick="show" bulkActionButtons={false}>
        <DataTable.Col source="title">
          <FunctionField<RoomSummary> render={(room) => <RoomName room={room} />} />
        </DataTable.Col>
        <DataTable.Col source="office">
          <FunctionField<RoomSummary> render={({ office }) => <PlainText text={office} />} />
        </DataTable.Col>
        <DataTable.NumberCol source="members" />
        <DataTable.NumberCol source="occupants" label="There now" disableSort />
        <DataTable.Col label="Kind" disableSort>
          <RoomChips />
        </DataTable.Col>
        <DataTable.Col source="createdAt" label="Since">
          <DateField source="createdAt" />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}

function NoRooms({ mayWrite }: { mayWrite: boolean }) {
  return (
    <Box sx={{ textAlign: 'center', mt: 8 }}>
      <Typography variant="h5" component="h2" gutterBottom>
        There are no rooms yet
      </Typography>
      <Typography sx={{ color: 'text.secondary', mb: 3 }}>
        In a room a team, a project or the whole company talks. What is said there is kept in the archive.
      </Typography>
      {mayWrite ? <CreateButton label="New room" variant="contained" /> : null}
    </Box>
  );
}

/** A row is opened by a click anywhere; the title by the keyboard as well. */
function RoomName({ room }: { room: RoomSummary }) {
  return (
    <>
      <Link component={RouterLink} to={`/rooms/${encodeURIComponent(room.jid)}/show`} underline="hover">
        <PlainText text={titleOf(room)} />
      </Link>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        <PlainText text={room.jid} />
      </Typography>
    </>
  );
}
