import { Chip, Paper, Stack, Typography } from '@mui/material';
import type { ArchivedMessage } from '@interoffice/contract';
import type { ReactNode } from 'react';
import { PlainText } from '../PlainText.js';

interface MessageRowProps {
  readonly message: ArchivedMessage;
  /** What is marked of its text. */
  readonly places?: ArchivedMessage['matches'];
  readonly isHit?: boolean;
  /** What it is among others; without one it says whether there are others. */
  readonly label?: string;
  /** What can be done with it. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** One recorded message: who, to whom, when, what, and what became of it. */
export function MessageRow({ message, places, isHit = false, label, actions, children }: MessageRowProps) {
  const { at, from, to, room, body, verdict } = message;
  return (
    <Paper
      variant="outlined"
      component="article"
      tabIndex={actions === undefined ? undefined : -1}
      sx={{ p: 1.5, borderColor: isHit ? 'primary.main' : undefined, borderWidth: isHit ? 2 : 1 }}
    >
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center', mb: 0.5 }}>
        <Typography variant="body2" component="strong" sx={{ fontWeight: 600 }}>
          <PlainText text={from} />
        </Typography>
        <Typography variant="body2" color="text.secondary">
          to <PlainText text={room ?? to} />
        </Typography>
        <Typography variant="body2" color="text.secondary" component="time" dateTime={at}>
          {new Date(at).toLocaleString()}
        </Typography>
        {verdict === 'passed' ? null : <Chip size="small" color="warning" label={verdict} />}
        {(label === undefined ? marksOf(message) : [label]).map((mark) => (
          <Chip key={mark} size="small" variant="outlined" label={mark} />
        ))}
        {actions}
      </Stack>
      {body === undefined ? (
        <Typography color="text.secondary">no text</Typography>
      ) : (
        <Typography>
          <PlainText text={body} places={places} />
        </Typography>
      )}
      {children}
    </Paper>
  );
}

function marksOf({ about, isChanged, isRelayed = false, isEncrypted = false }: ArchivedMessage): string[] {
  return [
    ...(about === undefined ? [] : ['changes an earlier message']),
    ...(isChanged ? ['changed later'] : []),
    ...(isRelayed ? ['passed on between offices'] : []),
    ...(isEncrypted ? ['end-to-end encrypted: not readable'] : []),
  ];
}
