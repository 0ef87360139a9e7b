import {
  Alert,
  Autocomplete,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  MenuItem,
  Stack,
  TextField,
} from '@mui/material';
import {
  RetentionChange,
  type RetentionGroup,
  RetentionGroupList,
  type RetentionRule,
  type WantedRetention,
} from '@interoffice/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNotify } from 'react-admin';
import { ask } from '../http.js';
import { PreviewPart } from './PreviewPart.js';
import { coverageOf, KIND_CHOICES } from './retention-words.js';

interface Form {
  readonly days: string;
  readonly reason: string;
  readonly office: string;
  readonly kind: string;
  readonly group: RetentionGroup | null;
  readonly room: string;
  readonly peer: string;
}

/** A new rule, or another period of one; what it would take away is seen before it is saved. */
export function RuleDialog({ rule, onClose }: { rule?: RetentionRule | undefined; onClose: () => void }) {
  const [form, setForm] = useState<Form>({
    days: String(rule?.days ?? ''),
    reason: '',
    office: '',
    kind: '',
    group: null,
    room: '',
    peer: '',
  });
  const [previewed, setPreviewed] = useState<WantedRetention>();
  const notify = useNotify();
  const queries = useQueryClient();
  const wanted = wantedOf(form, rule);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      ask(RetentionChange, '/retention/changes', { method: 'POST', body: { change: wanted, reason: form.reason } }),
    onSuccess: async ({ state }) => {
      await queries.invalidateQueries({ queryKey: ['retention'] });
      notify(state === 'done' ? 'The rule is in force.' : 'The change waits for a second person.', { type: 'info' });
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // The button stays usable: one that is switched off loses the focus, and Escape with it.
    if (!isPending) mutate();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="rule-title">
      <form onSubmit={submit}>
        <DialogTitle id="rule-title">{rule ? `Keep ${coverageOf(rule)}` : 'New rule'}</DialogTitle>
        <DialogContent dividers>
          <Stack spacing={2}>
            {rule ? null : <ScopeFields form={form} onChange={setForm} />}
            <TextField
              label="Keep for days"
              type="number"
              value={form.days}
              onChange={({ target }) => setForm({ ...form, days: target.value })}
              helperText="From the end of a message’s month; empty: for ever"
              slotProps={{ htmlInput: { min: 1, max: 36_500 } }}
              size="small"
              autoFocus={rule !== undefined}
            />
            <TextField
              label="Reason"
              value={form.reason}
              onChange={({ target }) => setForm({ ...form, reason: target.value })}
              required
              size="small"
              helperText="Kept in the audit log"
            />
            <Button variant="outlined" onClick={() => setPreviewed(wanted)}>
              Preview what it would take away
            </Button>
            {previewed ? <PreviewPart key={JSON.stringify(previewed)} change={previewed} /> : null}
            {error ? <Alert severity="error">{error.message}</Alert> : null}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained">
            Propose
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function ScopeFields({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const [searched, setSearched] = useState('');
  const { data } = useQuery({
    queryKey: ['retention-groups', searched],
    queryFn: () => ask(RetentionGroupList, '/retention/groups', { query: { text: searched } }),
  });
  const text = (name: 'office' | 'room' | 'peer', label: string, helperText: string) => (
    <TextField
      label={label}
      value={form[name]}
      onChange={({ target }) => onChange({ ...form, [name]: target.value })}
      helperText={helperText}
      size="small"
    />
  );
  return (
    <>
      <TextField
        select
        label="Kind"
        value={form.kind}
        onChange={({ target }) => onChange({ ...form, kind: target.value })}
        size="small"
      >
        <MenuItem value="">everything</MenuItem>
        {KIND_CHOICES.map(({ id, name }) => (
          <MenuItem key={id} value={id}>
            {name}
          </MenuItem>
        ))}
      </TextField>
      <Autocomplete
        options={data?.items ?? []}
        getOptionLabel={({ name }) => name}
        getOptionKey={({ key }) => key}
        isOptionEqualToValue={(one, other) => one.key === other.key}
        filterOptions={(all) => all}
        value={form.group}
        onChange={(_, group) => onChange({ ...form, group })}
        onInputChange={(_, value) => setSearched(value)}
        renderInput={(params) => <TextField {...params} label="Group of the directory" size="small" />}
      />
      {text('room', 'Room', 'An address')}
      {text('peer', 'Other server', 'A domain')}
      {text('office', 'Office', 'Empty: the offices you are responsible for')}
    </>
  );
}

function wantedOf({ days, office, kind, group, room, peer }: Form, rule: RetentionRule | undefined): WantedRetention {
  const keep = days.trim() === '' ? null : Number(days);
  if (rule) return { action: 'set', rule: rule.id, days: keep };
  const given = (name: string, value: string): object => (value.trim() === '' ? {} : { [name]: value.trim() });
  return {
    action: 'add',
    days: keep,
    ...(group && { group }),
    ...given('kind', kind),
    ...given('room', room),
    ...given('peer', peer),
    ...given('office', office),
  };
}
