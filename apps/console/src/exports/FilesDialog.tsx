import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  LinearProgress,
  Link,
  List,
  ListItem,
  ListItemText,
  TextField,
  Typography,
} from '@mui/material';
import { type Export, ExportFiles } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../http.js';
import { sizeOf } from './export-words.js';

/** The files of an export, to be downloaded for a reason. */
export function FilesDialog({ item, onClose }: { item: Export; onClose: () => void }) {
  const [reason, setReason] = useState(item.reason);
  const path = `/exports/${item.id}/files`;
  const { data, error, isPending } = useQuery({ queryKey: [path], queryFn: () => ask(ExportFiles, path) });
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="files-title">
      <DialogTitle id="files-title">Files of export {item.id}</DialogTitle>
      <DialogContent dividers>
        <TextField
          label="Reason"
          helperText="Is kept in the audit log, with each file"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
          fullWidth
        />
        {isPending ? <LinearProgress aria-label="Loading" /> : null}
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        <List dense>
          {data?.items.map(({ name, bytes }) => (
            <ListItem key={name} disableGutters>
              <ListItemText primary={<Download {...{ path, name, reason }} />} secondary={sizeOf(bytes)} />
            </ListItem>
          ))}
        </List>
        {item.manifestSha256 === undefined ? null : (
          <Typography variant="body2" color="text.secondary" sx={{ wordBreak: 'break-all' }}>
            SHA-256 of manifest.json: {item.manifestSha256}
          </Typography>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}

/** Without a reason there is nothing to follow. */
function Download({ path, name, reason }: { path: string; name: string; reason: string }) {
  if (reason.trim().length < 3) return name;
  const query = new URLSearchParams({ reason: reason.trim() });
  return (
    <Link href={`/api/v1${path}/${encodeURIComponent(name)}?${query}`} download={name}>
      {name}
    </Link>
  );
}
