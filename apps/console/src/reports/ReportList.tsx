import { Button, Chip, Stack, Typography } from '@mui/material';
import { Report } from '@interoffice/contract';
import { useState } from 'react';
import {
  DataTable,
  FunctionField,
  List,
  SearchInput,
  SelectInput,
  useListContext,
  useNotify,
  usePermissions,
  useRecordContext,
  useRefresh,
} from 'react-admin';
import { ask } from '../http.js';
import { PlainText } from '../PlainText.js';
import { Moment } from '../peers/Moment.js';

const STATES = [
  { id: 'open', name: 'Open' },
  { id: 'done', name: 'Done' },
];
const filters = [
  <SearchInput key="text" source="text" alwaysOn placeholder="Who reports, or whom" />,
  <SelectInput key="state" source="state" choices={STATES} alwaysOn emptyText="All" />,
];

/** What people report of those they block, until somebody has dealt with it. */
export function ReportList() {
  return (
    <List
      filters={filters}
      filterDefaultValues={{ state: 'open' }}
      sort={{ field: 'at', order: 'DESC' }}
      perPage={25}
      exporter={false}
      actions={false}
      empty={false}
      title="Reports"
    >
      <DataTable rowClick={false} bulkActionButtons={false} empty={<NoReports />}>
        <DataTable.Col source="at" label="When">
          <FunctionField<Report> render={({ at }) => <Moment iso={at} />} />
        </DataTable.Col>
        <DataTable.Col label="About" disableSort>
          <FunctionField<Report> render={({ about }) => <PlainText text={about} />} />
        </DataTable.Col>
        <DataTable.Col label="By" disableSort>
          <FunctionField<Report> render={({ reporter }) => <PlainText text={reporter} />} />
        </DataTable.Col>
        <DataTable.Col label="Why" disableSort>
          <FunctionField<Report> render={({ reason }) => <Chip size="small" variant="outlined" label={reason} />} />
        </DataTable.Col>
        <DataTable.Col label="In their words" disableSort>
          <FunctionField<Report> render={({ note }) => <PlainText text={note} />} />
        </DataTable.Col>
        <DataTable.Col label="Messages" disableSort>
          <FunctionField<Report> render={({ messages }) => <PlainText text={messages.join(', ')} />} />
        </DataTable.Col>
        <DataTable.Col label="State" disableSort>
          <HandleButton />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}

/** Said below the filters: they may be why there is nothing. */
function NoReports() {
  const { filterValues } = useListContext<Report>();
  const isOpenOnly = filterValues['state'] === 'open' && !filterValues['text'];
  return (
    <Stack spacing={1} sx={{ textAlign: 'center', py: 6, px: 2 }}>
      <Typography variant="h6" component="h2">
        {isOpenOnly ? 'Nothing waits to be dealt with' : 'No report is like that'}
      </Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        Whoever blocks somebody may say why; what they say comes here and waits until somebody has dealt with it.
      </Typography>
    </Stack>
  );
}

/** Says who has dealt with it, and lets others do so. */
function HandleButton() {
  const report = useRecordContext<Report>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const notify = useNotify();
  const refresh = useRefresh();
  if (!report) return null;
  const { id, state, handledBy, handledAt } = report;
  const change = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { state: state === 'open' ? 'done' : 'open' };
      await ask(Report, `/reports/${encodeURIComponent(id)}`, { method: 'PATCH', body });
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    } finally {
      setBusy(false);
      refresh();
    }
  };
  return (
    <>
      {state === 'done' ? (
        <>
          <PlainText text={`done by ${handledBy ?? 'nobody known'} `} />
          <Moment iso={handledAt} />
        </>
      ) : null}
      {permissions.includes('peers:write') ? (
        <Button size="small" variant="outlined" disabled={isBusy} onClick={() => void change()}>
          {state === 'open' ? 'Done' : 'Open again'}
        </Button>
      ) : null}
    </>
  );
}
