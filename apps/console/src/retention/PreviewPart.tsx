import {
  Alert,
  Box,
  LinearProgress,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { RetentionPreview, type WantedRetention } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../http.js';
import { type Bar, barsOf, sizeOf } from './retention-words.js';

const LOOK_EVERY_MS = 700;
const WIDTH = 400;
const HEIGHT = 14;
/** Told apart without colour by their order, which is that of the table. */
const COLOURS: Readonly<Record<Bar['what'], string>> = { removed: '#c62828', held: '#1565c0', kept: '#90a4ae' };

/** What a change would take away; without one, what the next disposal takes. Nothing is changed by looking. */
export function PreviewPart({ change }: { change?: WantedRetention | undefined }) {
  const begun = useQuery({
    queryKey: ['retention-preview', change],
    queryFn: () =>
      ask(RetentionPreview, '/retention/previews', {
        method: 'POST',
        body: change ? { change } : {},
      }),
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const id = begun.data?.id;
  const { data, error } = useQuery({
    queryKey: ['retention-preview-progress', id],
    queryFn: () => ask(RetentionPreview, `/retention/previews/${id}`),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.state === 'counting' || !state.data ? LOOK_EVERY_MS : false),
    gcTime: 0,
    retry: false,
  });
  const fault = begun.error ?? error;
  if (fault) return <Alert severity="error">{fault.message}</Alert>;
  if (!data || data.state === 'counting') return <Counting preview={data} />;
  if (data.state === 'failed') return <Alert severity="error">{data.problem}</Alert>;
  return <Counted preview={data} />;
}

function Counting({ preview }: { preview: RetentionPreview | undefined }) {
  const { doneRows = 0, totalRows = 0 } = preview ?? {};
  const share = totalRows === 0 ? 0 : Math.min(100, (100 * doneRows) / totalRows);
  return (
    <Stack spacing={1}>
      <Typography variant="body2" role="status">
        Counting messages
        {totalRows === 0 ? '' : `: ${doneRows.toLocaleString()} of about ${totalRows.toLocaleString()}`}
      </Typography>
      <LinearProgress variant="determinate" value={share} aria-label="Counting messages" />
    </Stack>
  );
}

function Counted({ preview }: { preview: RetentionPreview }) {
  const { removed = 0, held = 0, bytes = 0, isBytesEstimated, months = [] } = preview;
  const size = `${isBytesEstimated === true ? 'about ' : ''}${sizeOf(bytes)}`;
  return (
    <Stack spacing={1}>
      <Alert severity={removed > 0 ? 'warning' : 'success'}>
        Would remove {removed.toLocaleString()} messages, {size}; {held.toLocaleString()} kept by holds.
      </Alert>
      {removed + held === 0 ? null : (
        <Box sx={{ maxHeight: 320, overflow: 'auto' }} tabIndex={0} role="region" aria-label="Months">
          <Table size="small">
            <TableHead>
              <TableRow>
                <TableCell>Month</TableCell>
                <TableCell>
                  <Legend />
                </TableCell>
                <TableCell align="right">Removed</TableCell>
                <TableCell align="right">Held</TableCell>
                <TableCell align="right">Kept</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {barsOf(months).map(({ month, bars }) => (
                <MonthRow key={month} month={month} bars={bars} months={months} />
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
    </Stack>
  );
}

type Months = NonNullable<RetentionPreview['months']>;

function MonthRow({ month, bars, months }: { month: string; bars: readonly Bar[]; months: Months }) {
  const own = months.filter((one) => one.month === month);
  const sum = (of: Bar['what']): string => own.reduce((all, one) => all + one[of], 0).toLocaleString();
  const about = own.some(({ isEstimated }) => isEstimated) ? 'about ' : '';
  return (
    <TableRow>
      <TableCell>{month}</TableCell>
      <TableCell>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" aria-hidden>
          {bars.map(({ what, from, to }) => (
            <rect key={what} x={from * WIDTH} width={(to - from) * WIDTH} y={0} height={HEIGHT} fill={COLOURS[what]} />
          ))}
        </svg>
      </TableCell>
      <TableCell align="right">{sum('removed')}</TableCell>
      <TableCell align="right">{sum('held')}</TableCell>
      <TableCell align="right">
        {about}
        {sum('kept')}
      </TableCell>
    </TableRow>
  );
}

function Legend() {
  return (
    <>
      {Object.entries(COLOURS).map(([what, bgcolor]) => (
        <Box key={what} component="span" sx={{ mr: 2, whiteSpace: 'nowrap' }}>
          <Box component="span" aria-hidden sx={{ display: 'inline-block', width: 12, height: 12, mr: 0.5, bgcolor }} />
          {what}
        </Box>
      ))}
    </>
  );
}
