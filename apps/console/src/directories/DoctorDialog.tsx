import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  LinearProgress,
  Stack,
  TextField,
} from '@mui/material';
import type { Finding, Findings } from '@interoffice/contract';
import { useState } from 'react';
import { PlainText } from '../PlainText.js';
import { examine } from './directory-requests.js';

const SEVERITY = { good: 'success', warning: 'warning', bad: 'error' } as const;

/** Tries everything the server needs of a directory, and says what to do where it fails. */
export function DoctorDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const [login, setLogin] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<Findings>();
  const [failure, setFailure] = useState<string>();
  const start = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      setFound(await examine(name, login.trim()));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'It failed.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="doctor-title">
      <DialogTitle id="doctor-title">Directory doctor: {name}</DialogTitle>
      <DialogContent>
        <DialogContentText sx={{ mb: 2 }}>
          Connects to every server, searches, and looks for the usual troubles. Nothing is changed, nobody&apos;s
          password is tried.
        </DialogContentText>
        <TextField
          label="Log-in name to try"
          helperText="May be empty. As this person would type it"
          value={login}
          onChange={({ target }) => setLogin(target.value)}
          fullWidth
          autoFocus
        />
        {isBusy ? <LinearProgress sx={{ mt: 2 }} aria-label="Examining" /> : null}
        {failure === undefined ? null : <Alert severity="error">{failure}</Alert>}
        <Stack spacing={1} sx={{ mt: 2 }} role="status">
          {found?.items.map((finding, at) => (
            <OneFinding key={`${at} ${finding.name}`} finding={finding} />
          ))}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        <Button variant="contained" disabled={isBusy} onClick={() => void start()}>
          Examine
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function OneFinding({ finding: { name, state, detail, remedy } }: { finding: Finding }) {
  return (
    <Alert severity={SEVERITY[state]} sx={{ overflowWrap: 'anywhere' }}>
      <strong>{name}</strong>: <PlainText text={detail} />
      {remedy === undefined ? null : (
        <div>
          <PlainText text={remedy} />
        </div>
      )}
    </Alert>
  );
}
