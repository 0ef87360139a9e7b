import {
  Box,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  ToggleButton,
  ToggleButtonGroup,
  Typography,
} from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { peerTraffic } from './peer-requests.js';
import { bars, type Kind, totals } from './traffic-bars.js';

const LOOK_EVERY_MS = 30_000;
const SIZE = { width: 720, height: 180 };
const SPANS = ['1', '6', '24'] as const;
/** Told apart without colour by their order, which is that of the table. */
const COLOURS: Readonly<Record<Kind, string>> = {
  chat: '#1565c0',
  room: '#2e7d32',
  presence: '#90a4ae',
  file: '#ef6c00',
  call: '#6a1b9a',
  pubsub: '#00838f',
  iq: '#8d6e63',
  refused: '#c62828',
};

/** What went to and from a peer by class: a picture, and its sums in a table. */
export function TrafficChart({ peer }: { peer: string }) {
  const [hours, setHours] = useState<(typeof SPANS)[number]>('24');
  const { data } = useQuery({
    queryKey: ['traffic', peer, hours],
    queryFn: () => peerTraffic(peer, hours),
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });
  if (!data) return null;
  const { pieces, most } = bars(data);
  return (
    <Stack spacing={1}>
      <ToggleButtonGroup
        size="small"
        exclusive
        value={hours}
        onChange={(_, chosen: (typeof SPANS)[number] | null) => chosen && setHours(chosen)}
        aria-label="How far back"
      >
        {SPANS.map((span) => (
          <ToggleButton key={span} value={span}>
            {span === '1' ? '1 hour' : `${span} hours`}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {most === 0 ? (
        <Typography variant="body2">Nothing went to this peer or came from it in that time.</Typography>
      ) : (
        <>
          <Typography variant="caption">
            Stanzas in {data.stepMinutes === 1 ? 'a minute' : `${data.stepMinutes} minutes`}: above the line what came,
            below it what went. The busiest has {most}.
          </Typography>
          <Box
            component="svg"
            viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
            role="img"
            aria-label="Traffic by class over time; the sums are in the table below"
            sx={{ width: '100%', maxWidth: SIZE.width, border: 1, borderColor: 'divider' }}
          >
            {pieces.map(({ kind, x, y, width, height }) => (
              <rect
                key={`${x} ${y} ${kind}`}
                x={x * SIZE.width}
                y={y * SIZE.height}
                width={width * SIZE.width}
                height={height * SIZE.height}
                fill={COLOURS[kind]}
              />
            ))}
            <line x1={0} x2={SIZE.width} y1={SIZE.height / 2} y2={SIZE.height / 2} stroke="currentColor" />
          </Box>
          <Totals rows={totals(data)} />
        </>
      )}
    </Stack>
  );
}

function Totals({ rows }: { rows: ReturnType<typeof totals> }) {
  return (
    <Table size="small" aria-label="Stanzas by class" sx={{ maxWidth: 420 }}>
      <TableHead>
        <TableRow>
          <TableCell>Class</TableCell>
          <TableCell align="right">Came</TableCell>
          <TableCell align="right">Went</TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map(({ kind, ...sums }) => (
          <TableRow key={kind}>
            <TableCell>
              <Box
                component="span"
                aria-hidden
                sx={{ display: 'inline-block', width: 12, height: 12, mr: 1, bgcolor: COLOURS[kind] }}
              />
              {kind}
            </TableCell>
            <TableCell align="right">{sums.in}</TableCell>
            <TableCell align="right">{sums.out}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
