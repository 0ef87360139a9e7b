import {
  Alert,
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  FormControlLabel,
  TextField,
} from '@mui/material';
import { type FormEvent, useState } from 'react';
import { useNotify } from 'react-admin';
import { answer } from './certificate-requests.js';

interface Props {
  readonly id: string;
  readonly onClose: () => void;
  readonly onChange: () => void;
}

/** Takes what an authority has sent. What is not good is refused here, with the reason, and the one in use stays. */
export function AnswerDialog({ id, onClose, onChange }: Props) {
  const [text, setText] = useState('');
  const [isEndKnown, setEndKnown] = useState(false);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const notify = useNotify();
  const put = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      await answer(id, text, isEndKnown);
      notify('The certificate is in use.', { type: 'success' });
      onChange();
      onClose();
    } catch (failure) {
      setFault(failure instanceof Error ? failure.message : 'It failed.');
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="answer-title">
      <form onSubmit={(event) => void put(event)}>
        <DialogTitle id="answer-title">The certificate that came</DialogTitle>
        <DialogContent>
          <DialogContentText sx={{ mb: 1 }}>
            PEM, with the certificates above it, in any order. It is judged before it is used; open streams stay.
          </DialogContentText>
          {fault === undefined ? null : <Alert severity="error">{fault}</Alert>}
          <TextField
            label="Certificate"
            value={text}
            onChange={({ target }) => setText(target.value)}
            multiline
            minRows={6}
            maxRows={14}
            fullWidth
            margin="dense"
            autoFocus
            slotProps={{ htmlInput: { spellCheck: false, style: { fontFamily: 'monospace', fontSize: 12 } } }}
          />
          <FormControlLabel
            control={<Checkbox checked={isEndKnown} onChange={({ target }) => setEndKnown(target.checked)} />}
            label="Peers trust what its chain ends at, although it is not known here"
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained" disabled={isBusy || text.trim() === ''}>
            Put in place
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
