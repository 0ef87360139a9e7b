import { Button, Stack, Table, TableBody, TableCell, TableHead, TableRow } from '@mui/material';
import type { CertificateRequest } from '@interoffice/contract';
import { useState } from 'react';
import { Confirm, useNotify } from 'react-admin';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';
import { AnswerDialog } from './AnswerDialog.js';
import { forget } from './certificate-requests.js';
import { RequestDialog } from './RequestDialog.js';
import { requestWords } from './request-words.js';

interface Props {
  readonly items: readonly CertificateRequest[];
  readonly mayChange: boolean;
  readonly onChange: () => void;
}

type Open = 'request' | 'answer' | 'forget' | undefined;

/** The requests, the newest first, and what can be done with each. */
export function RequestTable({ items, mayChange, onChange }: Props) {
  return (
    <Table size="small" aria-label="Requests">
      <TableHead>
        <TableRow>
          {['Made', 'State', 'Names', 'What to do'].map((column) => (
            <TableCell key={column}>{column}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {items.map((item) => (
          <RequestRow key={item.id} item={item} mayChange={mayChange} onChange={onChange} />
        ))}
      </TableBody>
    </Table>
  );
}

function RequestRow({
  item,
  mayChange,
  onChange,
}: {
  item: CertificateRequest;
  mayChange: boolean;
  onChange: () => void;
}) {
  const [open, setOpen] = useState<Open>();
  const notify = useNotify();
  const close = (): void => setOpen(undefined);
  const isOpenEnded = item.state === 'made' || item.state === 'sent';
  const remove = async (): Promise<void> => {
    close();
    try {
      await forget(item.id);
      onChange();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  return (
    <TableRow>
      <TableCell>
        <Moment iso={item.madeAt} />
      </TableCell>
      <TableCell>
        <PlainText text={requestWords(item, Date.now())} />
      </TableCell>
      <TableCell sx={{ overflowWrap: 'anywhere' }}>
        <PlainText text={item.names.join(', ')} />
      </TableCell>
      <TableCell>
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
          <Button size="small" onClick={() => setOpen('request')}>
            Show
          </Button>
          {mayChange && isOpenEnded ? (
            <Button size="small" onClick={() => setOpen('answer')}>
              Answer
            </Button>
          ) : null}
          {mayChange && item.state !== 'live' ? (
            <Button size="small" color="error" onClick={() => setOpen('forget')}>
              Forget
            </Button>
          ) : null}
        </Stack>
        {open === 'request' ? (
          <RequestDialog id={item.id} mayChange={mayChange && isOpenEnded} onClose={close} onChange={onChange} />
        ) : null}
        {open === 'answer' ? <AnswerDialog id={item.id} onClose={close} onChange={onChange} /> : null}
        <Confirm
          isOpen={open === 'forget'}
          title="Forget this request?"
          content="Its key is deleted: a certificate that comes for it later is of no use."
          confirm="Forget"
          onConfirm={() => void remove()}
          onClose={close}
        />
      </TableCell>
    </TableRow>
  );
}
