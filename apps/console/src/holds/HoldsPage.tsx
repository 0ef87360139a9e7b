import {
  Alert,
  Box,
  Button,
  Card,
  CardContent,
  LinearProgress,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Tab,
  Tabs,
  Typography,
} from '@mui/material';
import { type Hold, HoldPage, type HoldState } from '@interoffice/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Title, usePermissions } from 'react-admin';
import { ask } from '../http.js';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';
import { conditionsOf } from './hold-words.js';
import { PlaceDialog } from './PlaceDialog.js';
import { ReleaseDialog } from './ReleaseDialog.js';

/** What no rule of retention takes away. */
export function HoldsPage() {
  const [state, setState] = useState<HoldState>('open');
  const [isPlacing, setIsPlacing] = useState(false);
  const { permissions = [] } = usePermissions<readonly string[]>();
  const mayWrite = permissions.includes('holds:write');
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Holds" />
      <Alert severity="info">
        What a hold covers stays, whatever rules of retention say, and when its room is destroyed or its account
        deleted. A hold is in force at once; a release takes nothing away by itself.
      </Alert>
      <Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        <Tabs value={state} onChange={(_, chosen: HoldState) => setState(chosen)} aria-label="Which holds">
          <Tab value="open" label="In force" />
          <Tab value="released" label="Released" />
        </Tabs>
        {mayWrite ? (
          <Button variant="contained" onClick={() => setIsPlacing(true)}>
            Place a hold
          </Button>
        ) : null}
      </Stack>
      <HoldTable state={state} mayRelease={mayWrite && state === 'open'} />
      {isPlacing ? <PlaceDialog onClose={() => setIsPlacing(false)} /> : null}
    </Stack>
  );
}

function HoldTable({ state, mayRelease }: { state: HoldState; mayRelease: boolean }) {
  const [released, setReleased] = useState<Hold>();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['holds', state],
    queryFn: ({ pageParam }) => ask(HoldPage, '/holds', { query: { state, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const holds = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card component="section" aria-label={state === 'open' ? 'Holds in force' : 'Released holds'}>
      <CardContent>
        {isPending ? <LinearProgress aria-label="Loading" /> : null}
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        {data && holds.length === 0 ? (
          <Typography variant="body2">
            {state === 'open' ? 'No hold is in force: rules of retention decide alone.' : 'No hold was released yet.'}
          </Typography>
        ) : null}
        {holds.length > 0 ? (
          <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Holds">
            <Table size="small">
              <TableHead>
                <TableRow>
                  <TableCell>Hold</TableCell>
                  <TableCell>Covers</TableCell>
                  <TableCell>Office</TableCell>
                  <TableCell>Placed</TableCell>
                  {state === 'released' ? <TableCell>Released</TableCell> : null}
                  {mayRelease ? <TableCell /> : null}
                </TableRow>
              </TableHead>
              <TableBody>
                {holds.map((hold) => (
                  <HoldRow key={hold.id} hold={hold} onRelease={mayRelease ? () => setReleased(hold) : undefined} />
                ))}
              </TableBody>
            </Table>
          </Box>
        ) : null}
        {hasNextPage ? (
          <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
            More
          </Button>
        ) : null}
      </CardContent>
      {released ? <ReleaseDialog hold={released} onClose={() => setReleased(undefined)} /> : null}
    </Card>
  );
}

function HoldRow({ hold, onRelease }: { hold: Hold; onRelease: (() => void) | undefined }) {
  return (
    <TableRow>
      <TableCell>
        <PlainText text={hold.name} />
        <Typography variant="caption" component="div">
          <PlainText text={`${hold.matter}: ${hold.reason}`} />
        </Typography>
      </TableCell>
      <TableCell>
        {conditionsOf(hold).map((line) => (
          <div key={line}>
            <PlainText text={line} />
          </div>
        ))}
      </TableCell>
      <TableCell>{hold.office === '*' ? 'all' : <PlainText text={hold.office} />}</TableCell>
      <TableCell>
        <Moment iso={hold.placedAt} />
        <Typography variant="caption" component="div">
          <PlainText text={hold.placedBy} />
        </Typography>
      </TableCell>
      {hold.releasedAt === undefined ? null : (
        <TableCell>
          <Moment iso={hold.releasedAt} />
          <Typography variant="caption" component="div">
            <PlainText text={`${hold.releasedBy ?? ''}: ${hold.releaseReason ?? ''}`} />
          </Typography>
        </TableCell>
      )}
      {onRelease ? (
        <TableCell align="right">
          <Button size="small" onClick={onRelease} aria-label={`Release ${hold.name}`}>
            Release
          </Button>
        </TableCell>
      ) : null}
    </TableRow>
  );
}
