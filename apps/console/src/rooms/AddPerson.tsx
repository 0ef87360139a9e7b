import { Box, Button } from '@mui/material';
import { useState } from 'react';
import { Form, SelectInput } from 'react-admin';
import type { Relation } from './room-requests.js';
import { PersonInput } from './PeopleInput.js';

const CHOICES = [
  { id: 'member', name: 'member' },
  { id: 'admin', name: 'administrator' },
  { id: 'owner', name: 'owner' },
  { id: 'outcast', name: 'may not enter' },
];

/** One more person, and as what. */
export function AddPerson({ onAdd }: { onAdd: (relation: Relation) => Promise<boolean> }) {
  const [count, setCount] = useState(0);
  const add = async ({ person, affiliation }: Record<string, unknown>): Promise<void> => {
    const added = await onAdd({ person: String(person), affiliation: affiliation as Relation['affiliation'] });
    // An empty form for the next one.
    if (added) setCount(count + 1);
  };
  return (
    <Form key={count} onSubmit={add} defaultValues={{ affiliation: 'member' }}>
      <Box
        role="group"
        aria-label="Add a person"
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { sm: 'minmax(220px, 1fr) 180px auto' },
          alignItems: 'start',
        }}
      >
        <PersonInput source="person" label="Person" />
        <SelectInput source="affiliation" label="As" choices={CHOICES} helperText={false} validate={[]} />
        <Button type="submit" variant="outlined" sx={{ minHeight: 48, mt: 1 }}>
          Add
        </Button>
      </Box>
    </Form>
  );
}
