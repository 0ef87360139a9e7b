import { Box, Typography } from '@mui/material';
import type { ReactNode } from 'react';
import { BooleanInput, maxLength, maxValue, minValue, NumberInput, SelectInput, TextInput } from 'react-admin';

const PRIVATE_MESSAGES = [
  { id: 'anyone', name: 'Everybody' },
  { id: 'participants', name: 'Everybody with voice' },
  { id: 'moderators', name: 'Moderators' },
  { id: 'none', name: 'Nobody' },
];

/** Settings that belong together, under what they are about. */
export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="fieldset" sx={{ border: 0, p: 0, m: 0, mb: 3, minWidth: 0, width: '100%' }}>
      <Typography component="legend" variant="h6" sx={{ mb: 1 }}>
        {title}
      </Typography>
      {children}
    </Box>
  );
}

export function NamesInputs() {
  return (
    <Group title="Name">
      <TextInput source="title" validate={maxLength(1000)} helperText="As people see it" fullWidth />
      <TextInput source="description" validate={maxLength(1000)} helperText="What it is for" multiline fullWidth />
    </Group>
  );
}

export function EntranceInputs() {
  return (
    <Group title="Who comes in">
      <BooleanInput source="membersOnly" helperText="Only those may enter who are listed as members" />
      <BooleanInput source="public" helperText="Whoever looks for rooms finds it; members do in any case" />
      <BooleanInput source="membersInvite" helperText="Where only members may enter, each of them may invite others" />
    </Group>
  );
}

export function ConductInputs() {
  return (
    <Group title="How people talk">
      <BooleanInput source="moderated" helperText="Who comes in may listen, and is given voice by a moderator" />
      <BooleanInput
        source="nonAnonymous"
        label="Addresses shown"
        helperText="Everybody sees everybody's address; otherwise moderators do"
      />
    </Group>
  );
}

export function FurtherInputs() {
  return (
    <>
      <Group title="What people may do">
        <BooleanInput
          source="participantsSetSubject"
          label="Everybody sets the subject"
          helperText="Otherwise moderators do"
        />
        <BooleanInput source="membersSeeMembers" helperText="Everybody may read who the members are" />
        <SelectInput
          source="privateMessages"
          choices={PRIVATE_MESSAGES}
          helperText="Who may write to one person by way of the room"
          fullWidth
        />
        <NumberInput
          source="slowModeSeconds"
          label="Slow mode, seconds"
          helperText="Each participant waits so long between two messages; 0: not at all"
          validate={[minValue(0), maxValue(86_400)]}
          fullWidth
        />
        <NumberInput
          source="maxUsers"
          label="Most people at once"
          helperText="0: as many as the service allows"
          validate={[minValue(0), maxValue(100_000)]}
          fullWidth
        />
      </Group>
      <Group title="What was said before">
        <BooleanInput
          source="historyReadable"
          helperText="Who is there may read back. The company's archive keeps everything in any case"
        />
        <NumberInput
          source="historyLength"
          label="Messages shown to who comes in"
          helperText="At most 50"
          validate={[minValue(0), maxValue(50)]}
          fullWidth
        />
      </Group>
    </>
  );
}
