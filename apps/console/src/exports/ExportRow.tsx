import { Button, Chip, LinearProgress, Paper, Stack, Typography } from '@mui/material';
import type { Export } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import { filterWords, FORMS, percentOf, sizeOf, standingOf } from './export-words.js';

interface ExportRowProps {
  readonly item: Export;
  readonly onOpen: () => void;
  readonly onCancel: () => void;
  readonly onResume: () => void;
}

const COLOURS = {
  waiting: 'default',
  running: 'primary',
  done: 'success',
  failed: 'error',
  cancelled: 'warning',
} as const;

/** One export: what it is of, how far it is, and what can be done with it. */
export function ExportRow({ item, ...actions }: ExportRowProps) {
  const { id, state, format, reason, requestedBy, createdAt, bytes } = item;
  return (
    <Paper variant="outlined" component="article" aria-label={`Export ${id}`} sx={{ p: 1.5 }}>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <Typography component="strong" sx={{ fontWeight: 600 }}>
          Export {id}
        </Typography>
        <Chip size="small" variant="outlined" color={COLOURS[state]} label={state} />
        <Typography variant="body2" color="text.secondary">
          {FORMS[format]}
          {bytes === undefined ? '' : `, ${sizeOf(bytes)}`}
        </Typography>
        <Typography variant="body2" color="text.secondary" component="time" dateTime={createdAt}>
          {new Date(createdAt).toLocaleString()}
        </Typography>
        <Actions item={item} {...actions} />
      </Stack>
      <Typography variant="body2">
        <PlainText text={`${filterWords(item)} – ${reason} (${requestedBy})`} />
      </Typography>
      <Progress item={item} />
    </Paper>
  );
}

function Actions({ item: { state }, onOpen, onCancel, onResume }: ExportRowProps) {
  const isOpen = state === 'waiting' || state === 'running';
  return (
    <Stack direction="row" sx={{ ml: 'auto' }}>
      {state === 'done' ? <Button onClick={onOpen}>Files</Button> : null}
      {isOpen ? <Button onClick={onCancel}>Cancel</Button> : null}
      {state === 'failed' || state === 'cancelled' ? <Button onClick={onResume}>Go on</Button> : null}
    </Stack>
  );
}

function Progress({ item }: Pick<ExportRowProps, 'item'>) {
  const percent = percentOf(item);
  const shown = percent === undefined ? {} : { variant: 'determinate' as const, value: percent };
  return (
    <>
      <Typography variant="body2" color={item.state === 'failed' ? 'error' : 'text.secondary'} role="status">
        {standingOf(item)}
      </Typography>
      {item.state === 'running' ? <LinearProgress aria-label={`Export ${item.id}`} {...shown} /> : null}
    </>
  );
}
