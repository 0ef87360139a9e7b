import {
  Alert,
  Box,
  Button,
  LinearProgress,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { DisposalCertificate, DisposalPage } from '@interoffice/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNotify } from 'react-admin';
import { ask } from '../http.js';
import { Moment } from '../peers/Moment.js';
import { sizeOf } from './retention-words.js';

/** What has gone, and the signed certificate of it. */
export function DisposalTable() {
  const { data, error, isPending, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['retention', 'disposals'],
    queryFn: ({ pageParam }) => ask(DisposalPage, '/retention/disposals', { query: { after: pageParam } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const disposals = data?.pages.flatMap(({ items }) => items) ?? [];
  if (isPending) return <LinearProgress aria-label="Loading" />;
  if (error) return <Alert severity="error">{error.message}</Alert>;
  if (disposals.length === 0)
    return (
      <Typography variant="body2">
        Nothing was disposed of yet. It happens each night, when a rule has ended.
      </Typography>
    );
  return (
    <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Disposals">
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Month</TableCell>
            <TableCell align="right">Removed</TableCell>
            <TableCell align="right">Kept</TableCell>
            <TableCell align="right">of these held</TableCell>
            <TableCell align="right">Disk returned</TableCell>
            <TableCell>When</TableCell>
            <TableCell>Certificate</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {disposals.map(({ number, month, removed, kept, held, bytesReturned, removedAt, isCertified }) => (
            <TableRow key={number}>
              <TableCell>{month}</TableCell>
              <TableCell align="right">{removed.toLocaleString()}</TableCell>
              <TableCell align="right">{kept.toLocaleString()}</TableCell>
              <TableCell align="right">{held.toLocaleString()}</TableCell>
              <TableCell align="right">{sizeOf(Math.max(0, bytesReturned))}</TableCell>
              <TableCell>
                <Moment iso={removedAt} />
              </TableCell>
              <TableCell>{isCertified ? <Download number={number} /> : 'to be signed'}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {hasNextPage ? <Button onClick={() => void fetchNextPage()}>More</Button> : null}
    </Box>
  );
}

function Download({ number }: { number: number }) {
  const notify = useNotify();
  const download = async (): Promise<void> => {
    try {
      const { note } = await ask(DisposalCertificate, `/retention/disposals/${number}/certificate`);
      const url = URL.createObjectURL(new Blob([note], { type: 'text/plain' }));
      Object.assign(document.createElement('a'), { href: url, download: `disposal-${number}.txt` }).click();
      URL.revokeObjectURL(url);
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), { type: 'error' });
    }
  };
  return (
    <Button size="small" onClick={() => void download()} aria-label={`Download certificate ${number}`}>
      No. {number}
    </Button>
  );
}
