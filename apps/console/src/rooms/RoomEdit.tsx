import type { Room } from '@interoffice/contract';
import {
  BooleanInput,
  Edit,
  PasswordInput,
  SaveButton,
  SimpleForm,
  TextInput,
  Toolbar,
  useRecordContext,
} from 'react-admin';
import { WHOLE } from './room-requests.js';
import { titleOf } from './room-title.js';
import { ConductInputs, EntranceInputs, FurtherInputs, Group, NamesInputs } from './SettingsInputs.js';

/** How a room is set up. Who is there is told of a change; the audit log keeps what was before. */
export function RoomEdit() {
  return (
    <Edit mutationMode="pessimistic" redirect="show" title={<Heading />} queryOptions={WHOLE}>
      <SimpleForm warnWhenUnsavedChanges sx={{ maxWidth: 720 }} toolbar={<Buttons />}>
        <NamesInputs />
        <Group title="Language">
          <TextInput source="language" helperText="Spoken there, such as en or de" />
        </Group>
        <EntranceInputs />
        <PasswordInputs />
        <ConductInputs />
        <FurtherInputs />
        <Persistence />
      </SimpleForm>
    </Edit>
  );
}

/** A room is retired, with a reason, and not deleted. */
function Buttons() {
  return (
    <Toolbar>
      <SaveButton />
    </Toolbar>
  );
}

function Heading() {
  const room = useRecordContext<Room & { id: string }>();
  return <>{room ? `Set up ${titleOf(room)}` : 'Room'}</>;
}

function PasswordInputs() {
  const room = useRecordContext<Room & { id: string }>();
  return (
    <Group title="Password">
      <PasswordInput
        source="password"
        label="New password"
        autoComplete="new-password"
        helperText={room?.hasPassword === true ? 'Empty: it stays as it is' : 'Asked of who enters; empty: none'}
        fullWidth
      />
      {room?.hasPassword === true ? (
        <BooleanInput source="noPassword" label="No password any more" helperText="Whoever may enter, enters" />
      ) : null}
    </Group>
  );
}

/** A room that people made for themselves may be kept; a room that is to end is retired. */
function Persistence() {
  const room = useRecordContext<Room & { id: string }>();
  if (room?.persistent !== false) return null;
  return (
    <Group title="How long">
      <BooleanInput source="persistent" helperText="It stays when everybody has left; otherwise it ends then" />
    </Group>
  );
}
