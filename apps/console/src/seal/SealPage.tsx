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
  Typography,
} from '@mui/material';
import { Seal } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Title, useNotify } from 'react-admin';
import { ask } from '../http.js';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';
import { Completeness } from './Completeness.js';

const LOOK_EVERY_MS = 4_000;

/** How far the archive is sealed, who has seen it, and what an auditor needs to check it without us. */
export function SealPage() {
  const { data, error, isPending } = useQuery({
    queryKey: ['seal'],
    queryFn: () => ask(Seal, '/archive/seal'),
    refetchInterval: LOOK_EVERY_MS,
  });
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Seal" />
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {isPending ? <LinearProgress aria-label="Loading" /> : null}
      {data ? <Standing seal={data} /> : null}
      {data && data.state !== 'off' ? (
        <>
          <Part title="Completeness">
            <Completeness />
          </Part>
          <Witnesses witnesses={data.witnesses} />
          <Keys keys={data.keys} />
          <ForAuditors seal={data} />
        </>
      ) : null}
    </Stack>
  );
}

function Standing({ seal: { state, problem, sealedThrough, size, witnesses } }: { seal: Seal }) {
  if (state === 'off')
    return <Alert severity="warning">Nothing is recorded in this mode: there is nothing to seal.</Alert>;
  if (state === 'refused')
    return (
      <Alert severity="error">
        Nothing is signed any more. <PlainText text={problem ?? ''} /> Messages are recorded and delivered as before; an
        administrator has to look, and ends this with “interoffice archive seal resume”.
      </Alert>
    );
  const signed = witnesses.filter((witness) => witness.size === size).length;
  return (
    <Alert severity={state === 'signs' ? 'success' : 'warning'}>
      {sealedThrough === undefined ? (
        'Nothing was sealed yet.'
      ) : (
        <>
          Sealed through <Moment iso={sealedThrough} />, {size.toLocaleString()} entries, {signed}{' '}
          {signed === 1 ? 'witness' : 'witnesses'}.
        </>
      )}
      {state === 'behind' ? ` It does not follow: ${problem ?? 'no reason known'}` : ''}
    </Alert>
  );
}

function Witnesses({ witnesses }: Pick<Seal, 'witnesses'>) {
  return (
    <Part title="Witnesses">
      {witnesses.length === 0 ? (
        <Typography variant="body2">
          Nobody else signs. With a witness, say the appliance of another office, nobody here can take back what was
          signed without its noticing: see archive.seal.witnesses in the settings.
        </Typography>
      ) : (
        <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Witnesses">
          <Table size="small">
            <TableHead>
              <TableRow>
                <TableCell>Witness</TableCell>
                <TableCell align="right">Has signed entries</TableCell>
                <TableCell>When</TableCell>
                <TableCell>Problem</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {witnesses.map(({ name, size, at, problem }) => (
                <TableRow key={name}>
                  <TableCell>
                    <PlainText text={name} />
                  </TableCell>
                  <TableCell align="right">{size.toLocaleString()}</TableCell>
                  <TableCell>
                    <Moment iso={at} />
                  </TableCell>
                  <TableCell>
                    <PlainText text={problem ?? 'none'} />
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
    </Part>
  );
}

function Keys({ keys }: Pick<Seal, 'keys'>) {
  return (
    <Part title="Keys">
      <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Keys">
        <Table size="small">
          <TableHead>
            <TableRow>
              <TableCell>Key</TableCell>
              <TableCell>Since</TableCell>
              <TableCell>Signs entries</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {keys.map(({ key, at, from, until, stolen }) => (
              <TableRow key={key}>
                <TableCell sx={{ fontFamily: 'monospace', overflowWrap: 'anywhere' }}>
                  <PlainText text={key} />
                  {stolen === true ? ' (stolen)' : ''}
                </TableCell>
                <TableCell>
                  <Moment iso={at} />
                </TableCell>
                <TableCell>{`beyond ${from.toLocaleString()}${until === undefined ? '' : `, up to ${until.toLocaleString()}`}`}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Box>
    </Part>
  );
}

function ForAuditors({ seal: { policy = '', checkpoint } }: { seal: Seal }) {
  return (
    <Part title="For auditors">
      <Typography variant="body2">
        Hand the policy over in person: with it an export is verified without us. A checkpoint that is kept shows later
        whether anything before it was changed.
      </Typography>
      <Copied label="Policy" text={policy} />
      {checkpoint === undefined ? null : <Copied label="Latest checkpoint" text={checkpoint} />}
    </Part>
  );
}

function Copied({ label, text }: { label: string; text: string }) {
  const notify = useNotify();
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => notify(`${label} copied`),
      () => notify('The browser does not let this page copy; select the text.', { type: 'warning' }),
    );
  };
  return (
    <Stack spacing={1} sx={{ alignItems: 'start' }}>
      <Typography variant="subtitle2" component="h3">
        {label}
      </Typography>
      <Box
        component="pre"
        tabIndex={0}
        role="region"
        aria-label={label}
        sx={{ m: 0, p: 1, maxWidth: '100%', overflowX: 'auto', bgcolor: 'action.hover', borderRadius: 1, fontSize: 13 }}
      >
        {text}
      </Box>
      <Button size="small" variant="outlined" onClick={copy}>
        Copy {label.toLowerCase()}
      </Button>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card variant="outlined" component="section" aria-label={title}>
      <CardContent>
        <Stack spacing={1}>
          <Typography variant="h6" component="h2">
            {title}
          </Typography>
          {children}
        </Stack>
      </CardContent>
    </Card>
  );
}
