import KeyboardArrowDownIcon from '@mui/icons-material/KeyboardArrowDown';
import KeyboardArrowUpIcon from '@mui/icons-material/KeyboardArrowUp';
import {
  IconButton,
  Table,
  TableBody,
  TableCell,
  TableContainer,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import type { PeerAttempt } from '@interoffice/contract';
import { useState } from 'react';
import { PlainText } from '../PlainText.js';
import { CertificateChain } from './CertificateChain.js';
import { Moment } from './Moment.js';

const COLUMNS = ['When', 'Took', 'Stage', 'Where', 'Outcome'];

/** What was tried last, the newest first; each with what the peer has shown. */
export function AttemptTable({ attempts, label = 'Attempts' }: { attempts: readonly PeerAttempt[]; label?: string }) {
  if (attempts.length === 0) return <Typography variant="body2">It was not called yet.</Typography>;
  return (
    <TableContainer tabIndex={0} role="region" aria-label={label}>
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Certificates</TableCell>
            {COLUMNS.map((column) => (
              <TableCell key={column}>{column}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {attempts.map((attempt) => (
            <OneAttempt key={`${attempt.at} ${attempt.domain} ${attempt.address ?? ''}`} attempt={attempt} />
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function OneAttempt({ attempt }: { attempt: PeerAttempt }) {
  const { at, tookMs, stage, address, port, code, text, chain } = attempt;
  const [isOpen, setOpen] = useState(false);
  const what = `Certificates of the attempt of ${new Date(at).toLocaleTimeString()}`;
  return (
    <>
      <TableRow>
        <TableCell>
          <IconButton size="small" aria-label={what} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? <KeyboardArrowUpIcon /> : <KeyboardArrowDownIcon />}
          </IconButton>
        </TableCell>
        <TableCell>
          <Moment iso={at} />
        </TableCell>
        <TableCell>{Math.round(tookMs)} ms</TableCell>
        <TableCell>{stage}</TableCell>
        <TableCell>{address === undefined ? '–' : `${address} port ${port}`}</TableCell>
        <TableCell sx={{ overflowWrap: 'anywhere' }}>
          <PlainText text={`${text} [${code}]`} />
        </TableCell>
      </TableRow>
      {isOpen ? (
        <TableRow>
          <TableCell colSpan={COLUMNS.length + 1}>
            <CertificateChain chain={chain} />
          </TableCell>
        </TableRow>
      ) : null}
    </>
  );
}
