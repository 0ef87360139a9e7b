import {
  Alert,
  Card,
  CardContent,
  Chip,
  Table,
  TableBody,
  TableCell,
  TableContainer,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import type { Gateway } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { PlainText } from '../PlainText.js';
import { Moment } from './Moment.js';
import { gateways } from './peer-requests.js';

const LOOK_EVERY_MS = 5000;
const COLUMNS = ['Gateway', 'Speaks for', 'State', 'Since', 'Lines', 'Why not'];
const STATES = {
  up: { label: 'up', color: 'success' },
  away: { label: 'away', color: 'error' },
  new: { label: 'not reached yet', color: 'warning' },
} as const satisfies Record<Gateway['state'], object>;

/** Our gateways, where there are several or one is not there: one that is in this process and works says nothing. */
export function Gateways() {
  const { data, error } = useQuery({ queryKey: ['gateways'], queryFn: gateways, refetchInterval: LOOK_EVERY_MS });
  if (!error && (data?.items ?? []).every(({ name, state }) => name === 'local' && state === 'up')) return null;
  return (
    <Card variant="outlined" component="section" aria-labelledby="gateways-title">
      <CardContent>
        <Typography id="gateways-title" variant="h6" component="h2">
          Our gateways
        </Typography>
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        <TableContainer tabIndex={0} role="region" aria-label="Our gateways">
          <Table size="small">
            <TableHead>
              <TableRow>
                {COLUMNS.map((column) => (
                  <TableCell key={column}>{column}</TableCell>
                ))}
              </TableRow>
            </TableHead>
            <TableBody>
              {data?.items.map((gateway) => (
                <OneGateway key={gateway.name} gateway={gateway} />
              ))}
            </TableBody>
          </Table>
        </TableContainer>
      </CardContent>
    </Card>
  );
}

function OneGateway({ gateway: { name, domains, state, since, lines, lastEnd } }: { gateway: Gateway }) {
  const why = lastEnd ? `${lastEnd.text} [${lastEnd.code}]` : '–';
  return (
    <TableRow>
      {[name, domains.join(', ')].map((text) => (
        <TableCell key={text} sx={{ overflowWrap: 'anywhere' }}>
          <PlainText text={text} />
        </TableCell>
      ))}
      <TableCell>
        <Chip size="small" variant="outlined" {...STATES[state]} />
      </TableCell>
      <TableCell>
        <Moment iso={since} />
      </TableCell>
      <TableCell>{lines}</TableCell>
      <TableCell sx={{ overflowWrap: 'anywhere' }}>
        <PlainText text={why} />
      </TableCell>
    </TableRow>
  );
}
