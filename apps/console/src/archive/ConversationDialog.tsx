import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, LinearProgress, Stack } from '@mui/material';
import { Conversation } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../http.js';
import { MessageRow } from './MessageRow.js';
import type { Search } from './SearchForm.js';

interface ConversationDialogProps {
  readonly id: string;
  readonly search: Search;
  readonly onClose: () => void;
}

/** What was said before and after a message; opening it is one more line in the audit log. */
export function ConversationDialog({ id, search, onClose }: ConversationDialogProps) {
  const { data, error, isPending } = useQuery({
    queryKey: ['conversation', id],
    queryFn: () => ask(Conversation, `/archive/messages/${id}/around`, { query: { reason: search.reason, count: 20 } }),
    // Every look is audited: the same look is not repeated behind the reader's back.
    refetchOnWindowFocus: false,
    retry: false,
    gcTime: 0,
  });
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="conversation-title">
      <DialogTitle id="conversation-title">Conversation</DialogTitle>
      <DialogContent dividers>
        {isPending ? <LinearProgress aria-label="Loading" /> : null}
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        <Stack spacing={1}>
          {data?.items.map((message) => (
            <MessageRow key={message.id} message={message} searched={search.text} isHit={message.id === id} />
          ))}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
