import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, LinearProgress } from '@mui/material';
import type { DirectoryPreview } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { PeopleChanged } from './PeopleChanged.js';
import { previewOf } from './directory-requests.js';

/** What the next full sync would change; nothing is changed by looking. */
export function PreviewDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const query = { queryKey: ['directory-preview', name], queryFn: () => previewOf(name), gcTime: 0, retry: false };
  const { data, error, isPending } = useQuery(query);
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="preview-title">
      <DialogTitle id="preview-title">What the next sync of {name} would change</DialogTitle>
      <DialogContent>
        {isPending ? <LinearProgress aria-label="Reading the directory" /> : null}
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        {data ? <Changes preview={data} /> : null}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}

function Changes({ preview: { added, changed, refused, readmitted, held } }: { preview: DirectoryPreview }) {
  const isNothing = [added, changed, refused, readmitted].every(({ count }) => count === 0);
  return (
    <>
      {held === undefined ? null : <Alert severity="warning">The guard would stop this sync: {held}</Alert>}
      {isNothing ? <Alert severity="success">Nothing: everybody is as the directory has them.</Alert> : null}
      <PeopleChanged title="Added" people={added} />
      <PeopleChanged title="Changed" people={changed} />
      <PeopleChanged title="Shut out" people={refused} />
      <PeopleChanged title="Let in again" people={readmitted} />
    </>
  );
}
