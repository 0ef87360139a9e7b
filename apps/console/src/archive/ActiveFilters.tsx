import { Chip, Stack } from '@mui/material';
import { PlainText } from '../PlainText.js';
import { activeFilters, type Search } from './search.js';

interface ActiveFiltersProps {
  readonly search: Search;
  readonly onChange: (search: Search) => void;
}

/** What narrows the search that is shown; each can be taken away. */
export function ActiveFilters({ search, onChange }: ActiveFiltersProps) {
  const active = activeFilters(search);
  if (active.length === 0) return null;
  return (
    <Stack
      direction="row"
      spacing={1}
      useFlexGap
      sx={{ flexWrap: 'wrap', mb: 1 }}
      role="group"
      aria-label="Active filters"
    >
      {active.map(({ name, text }) => (
        <Chip
          key={name}
          label={<PlainText text={text} />}
          aria-label={`${text}. Delete takes it away`}
          onDelete={() => onChange({ ...search, [name]: undefined, saved: undefined })}
        />
      ))}
    </Stack>
  );
}
