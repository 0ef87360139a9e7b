import { Alert } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { Create, required, SimpleForm, TextInput } from 'react-admin';
import { KindInput, USUAL } from './KindInput.js';
import { PeopleInput } from './PeopleInput.js';
import { roomTemplates } from './room-requests.js';
import { ConductInputs, EntranceInputs, Group, NamesInputs } from './SettingsInputs.js';

/** A new room, of a kind or as one likes. */
export function RoomCreate() {
  const { data, error } = useQuery({ queryKey: ['room-templates'], queryFn: roomTemplates });
  const templates = data?.items ?? [];
  return (
    <Create redirect="show" title="New room">
      <SimpleForm defaultValues={USUAL} warnWhenUnsavedChanges sx={{ maxWidth: 720 }}>
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        {templates.length > 0 ? <KindInput templates={templates} /> : null}
        <Group title="Address">
          <TextInput
            source="jid"
            label="Address"
            helperText={data ? `Without more: @${data.domain}. It does not change later.` : 'It does not change later.'}
            validate={required()}
            autoFocus
            fullWidth
          />
          <TextInput source="office" helperText="Who administers it; empty: your own office" fullWidth />
        </Group>
        <NamesInputs />
        <EntranceInputs />
        <ConductInputs />
        <Group title="People">
          <PeopleInput source="owners" label="Owners" helperText="They set the room up; empty: you" />
          <PeopleInput source="members" label="Members" helperText="They find the room in their chat at once" />
        </Group>
      </SimpleForm>
    </Create>
  );
}
