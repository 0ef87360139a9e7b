import DeleteIcon from '@mui/icons-material/Delete';
import EditIcon from '@mui/icons-material/Edit';
import { Alert, Box, Button, IconButton, Paper, TextField, Typography } from '@mui/material';
import { SavedSearch, SavedSearches } from '@interoffice/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask, tell } from '../http.js';
import { PlainText } from '../PlainText.js';
import { filterOf, type Search } from './search.js';

const PATH = '/archive/searches';

interface SavedSearchListProps {
  /** The search that is shown; it can be kept. */
  readonly search: Search | undefined;
  readonly onRun: (saved: SavedSearch) => void;
}

/** One's own searches: run, kept, renamed, deleted. */
export function SavedSearchList({ search, onRun }: SavedSearchListProps) {
  const { data } = useQuery({ queryKey: [PATH], queryFn: () => ask(SavedSearches, PATH), retry: false });
  const [renamed, setRenamed] = useState<string>();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: () => setRenamed(undefined),
    onSettled: () => client.invalidateQueries({ queryKey: [PATH] }),
  });
  if (data === undefined) return null;
  const keep = (name: string): void => {
    if (search)
      change.mutate(() => ask(SavedSearch, PATH, { method: 'POST', body: { name, query: filterOf(search) } }));
  };
  const rename = (id: string, name: string): void =>
    change.mutate(() => ask(SavedSearch, `${PATH}/${id}`, { method: 'PATCH', body: { name } }));
  return (
    <Paper variant="outlined" component="section" aria-label="Saved" sx={{ p: 2, mb: 1 }}>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
        <Typography variant="body2" component="h2" sx={{ minWidth: 110, fontWeight: 600 }}>
          Saved
        </Typography>
        {data.items.length === 0 ? (
          <Typography variant="body2" color="text.secondary">
            What you look for again and again can be kept here, for you alone.
          </Typography>
        ) : null}
        {data.items.map((saved) =>
          saved.id === renamed ? (
            <NameForm
              key={saved.id}
              label="New name"
              initial={saved.name}
              verb="Rename"
              onName={(name) => rename(saved.id, name)}
            />
          ) : (
            <Box key={saved.id} sx={{ display: 'flex', alignItems: 'center' }}>
              <Button size="small" onClick={() => onRun(saved)}>
                <PlainText text={saved.name} />
              </Button>
              <IconButton size="small" aria-label={`Rename ${saved.name}`} onClick={() => setRenamed(saved.id)}>
                <EditIcon fontSize="inherit" />
              </IconButton>
              <IconButton
                size="small"
                aria-label={`Delete ${saved.name}`}
                onClick={() => change.mutate(() => tell(`${PATH}/${saved.id}`, { method: 'DELETE' }))}
              >
                <DeleteIcon fontSize="inherit" />
              </IconButton>
            </Box>
          ),
        )}
        {search ? <NameForm key={data.items.length} label="Keep this as" initial="" verb="Keep" onName={keep} /> : null}
      </Box>
      {change.error ? <Alert severity="error">{change.error.message}</Alert> : null}
    </Paper>
  );
}

interface NameFormProps {
  readonly label: string;
  readonly initial: string;
  readonly verb: string;
  readonly onName: (name: string) => void;
}

function NameForm({ label, initial, verb, onName }: NameFormProps) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get('name');
    if (typeof name === 'string' && name.trim() !== '') onName(name.trim());
  };
  return (
    <Box component="form" onSubmit={submit} sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
      <TextField
        name="name"
        label={label}
        size="small"
        margin="none"
        defaultValue={initial}
        slotProps={{ htmlInput: { maxLength: 100 } }}
      />
      <Button type="submit" size="small">
        {verb}
      </Button>
    </Box>
  );
}
