import { Box, Button, Checkbox, Collapse, FormControlLabel, Paper, TextField } from '@mui/material';
import type { ArchiveFilter } from '@interoffice/contract';
import { type FormEvent, type Ref, useState } from 'react';
import { LABELS, type Search } from './search.js';

interface SearchFormProps {
  readonly busy: boolean;
  /** Nothing was chosen yet that it shows: the words have the focus. */
  readonly isFirst: boolean;
  /** What stands in the fields at first; another key of the form shows another. */
  readonly initial: ArchiveFilter;
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly onSearch: (search: Search) => void;
  readonly wordsRef: Ref<HTMLInputElement>;
  readonly reasonRef: Ref<HTMLInputElement>;
}

const COLUMNS = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(210px, 1fr))' };
const CHOICES = {
  direction: ['internal', 'in', 'out', 'relayed'],
  kind: ['chat', 'normal', 'headline', 'groupchat', 'error'],
  verdict: ['passed', 'refused', 'dropped'],
} as const;
const SWITCHES = ['file', 'edited'] as const;
const MORE = ['from', 'to', 'group', 'office', 'peer', 'label', 'direction', 'kind', 'verdict', ...SWITCHES] as const;

/** Words, people, room, dates, everything else that narrows, and why. */
export function SearchForm({
  busy,
  isFirst,
  initial,
  reason,
  onReason,
  onSearch,
  wordsRef,
  reasonRef,
}: SearchFormProps) {
  const [isOpen, setOpen] = useState(MORE.some((name) => initial[name] !== undefined));
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSearch({ ...filterIn(new FormData(event.currentTarget)), reason });
  };
  return (
    <Paper component="form" role="search" variant="outlined" onSubmit={submit} sx={{ p: 2, display: 'grid', gap: 2 }}>
      <TextField
        name="text"
        label="Words"
        helperText="Parts of words are found as well; “phrases” in quotation marks as they stand"
        defaultValue={initial.text}
        inputRef={wordsRef}
        autoFocus={isFirst}
        fullWidth
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      <Box sx={COLUMNS}>
        <TextField
          name="participant"
          label={LABELS.participant}
          placeholder="Name, or name@company.example"
          defaultValue={initial.participant}
        />
        <TextField
          name="room"
          label={LABELS.room}
          placeholder="room@conference.company.example"
          defaultValue={initial.room}
        />
        <Moment name="since" initial={initial.since} />
        <Moment name="until" initial={initial.until} />
      </Box>
      <Collapse in={isOpen}>
        <MoreFilters initial={initial} />
      </Collapse>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start', flexWrap: 'wrap' }}>
        <TextField
          name="reason"
          label="Reason"
          helperText="Is kept in the audit log"
          required
          value={reason}
          onChange={({ target }) => onReason(target.value)}
          inputRef={reasonRef}
          sx={{ flex: '1 1 260px' }}
          slotProps={{ htmlInput: { minLength: 3, maxLength: 500 } }}
        />
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} sx={{ minHeight: 48, mt: 1 }}>
          {isOpen ? 'Fewer filters' : 'More filters'}
        </Button>
        <Button type="submit" variant="contained" size="large" disabled={busy} sx={{ minHeight: 48, mt: 1 }}>
          Search
        </Button>
      </Box>
    </Paper>
  );
}

function MoreFilters({ initial }: { initial: ArchiveFilter }) {
  return (
    <Box sx={{ ...COLUMNS, pt: 1 }}>
      {(['from', 'to', 'group', 'office', 'peer', 'label'] as const).map((name) => (
        <TextField key={name} name={name} label={LABELS[name]} defaultValue={initial[name]} />
      ))}
      {(['direction', 'kind', 'verdict'] as const).map((name) => (
        <Choice key={name} name={name} initial={initial[name]} />
      ))}
      <Box>
        {SWITCHES.map((name) => (
          <FormControlLabel
            key={name}
            control={<Checkbox name={name} value="true" defaultChecked={initial[name] === 'true'} />}
            label={LABELS[name]}
          />
        ))}
      </Box>
    </Box>
  );
}

function Choice({ name, initial = '' }: { name: keyof typeof CHOICES; initial?: string | undefined }) {
  const slots = { select: { native: true }, inputLabel: { shrink: true } };
  return (
    <TextField select name={name} label={LABELS[name]} defaultValue={initial} slotProps={slots}>
      <option value="">any</option>
      {CHOICES[name].map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </TextField>
  );
}

function Moment({ name, initial }: { name: 'since' | 'until'; initial: string | undefined }) {
  return (
    <TextField
      name={name}
      label={LABELS[name]}
      type="datetime-local"
      defaultValue={initial === undefined ? '' : local(initial)}
      slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 'any' } }}
    />
  );
}

function filterIn(form: FormData): ArchiveFilter {
  const names = ['text', ...Object.keys(LABELS)] as (keyof ArchiveFilter)[];
  const given = names.flatMap((name): [string, string][] => {
    const value = form.get(name);
    if (typeof value !== 'string' || value.trim() === '') return [];
    return [[name, name === 'since' || name === 'until' ? new Date(value).toISOString() : value.trim()]];
  });
  return Object.fromEntries(given);
}

/** As the field has it: the time of this place, without a zone. */
function local(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}
