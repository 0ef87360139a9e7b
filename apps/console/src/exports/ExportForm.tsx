import { Box, Button, MenuItem, Paper, TextField } from '@mui/material';
import type { FormEvent } from 'react';
import { FORMS } from './export-words.js';

interface ExportFormProps {
  readonly busy: boolean;
  /** In the API's own words. */
  readonly onStart: (wanted: object) => void;
}

const COLUMNS = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(210px, 1fr))' };
const SPLITS = { 100_000_000: '100 MB', 1_000_000_000: '1 GB', 4_000_000_000: '4 GB' };

/** Which messages, in which form, and why. */
export function ExportForm({ busy, onStart }: ExportFormProps) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onStart(wantedIn(new FormData(event.currentTarget)));
  };
  return (
    <Paper
      component="form"
      aria-label="New export"
      variant="outlined"
      onSubmit={submit}
      sx={{ p: 2, display: 'grid', gap: 2 }}
    >
      <Box sx={COLUMNS}>
        <TextField name="participant" label="Person" placeholder="Name, or name@company.example" />
        <TextField name="room" label="Room" placeholder="room@conference.company.example" />
        <TextField name="peer" label="Other server" placeholder="partner.example" />
        <TextField name="text" label="Words" helperText="Parts of words are found as well" />
        <TextField name="since" label="From" type="datetime-local" slotProps={{ inputLabel: { shrink: true } }} />
        <TextField name="until" label="Until" type="datetime-local" slotProps={{ inputLabel: { shrink: true } }} />
        <TextField name="format" label="Form" select defaultValue="eml-day">
          {Object.entries(FORMS).map(([form, words]) => (
            <MenuItem key={form} value={form}>
              {words}
            </MenuItem>
          ))}
        </TextField>
        <TextField name="splitBytes" label="Largest file" select defaultValue="1000000000">
          {Object.entries(SPLITS).map(([bytes, words]) => (
            <MenuItem key={bytes} value={bytes}>
              {words}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
        <TextField
          name="reason"
          label="Reason"
          helperText="Is kept in the audit log and in the export"
          required
          fullWidth
          slotProps={{ htmlInput: { minLength: 3, maxLength: 500 } }}
        />
        <Button type="submit" variant="contained" size="large" disabled={busy} sx={{ minHeight: 48, mt: 1 }}>
          Export
        </Button>
      </Box>
    </Paper>
  );
}

function wantedIn(form: FormData): object {
  const given = (name: string): string | undefined => {
    const value = form.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const instant = (name: string): string | undefined => {
    const local = given(name);
    return local === undefined ? undefined : new Date(local).toISOString();
  };
  const words = Object.fromEntries(['participant', 'room', 'peer', 'text'].map((name) => [name, given(name)]));
  return {
    format: given('format'),
    splitBytes: Number(given('splitBytes')),
    reason: given('reason'),
    filter: { ...words, since: instant('since'), until: instant('until') },
  };
}
