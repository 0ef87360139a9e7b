import { Box, Chip, Typography } from '@mui/material';
import type { PolicyRule } from '@interoffice/contract';
import { DataTable, FunctionField, List, SearchInput } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { Moment } from './Moment.js';
import { classesOf, peopleOf, waysOf } from './rule-words.js';

const filters = [<SearchInput key="text" source="text" alwaysOn placeholder="Name, peer, reason, owner" />];

const EFFECTS = {
  allow: { label: 'allows', color: 'success' },
  deny: { label: 'denies', color: 'error' },
} as const satisfies Record<PolicyRule['effect'], object>;

/** The rules as they stand in the settings; there they are changed. */
export function RuleList() {
  return (
    <List
      resource="policy/rules"
      filters={filters}
      sort={{ field: 'id', order: 'ASC' }}
      perPage={25}
      exporter={false}
      actions={false}
      empty={<NoRules />}
      title={false}
      disableSyncWithLocation
    >
      <DataTable rowClick={false} bulkActionButtons={false}>
        <DataTable.Col source="id" label="Rule">
          <FunctionField<PolicyRule> render={(rule) => <RuleName rule={rule} />} />
        </DataTable.Col>
        <DataTable.Col label="Peers" disableSort sx={{ minWidth: 160 }}>
          <FunctionField<PolicyRule> render={({ peers }) => <PlainText text={peers.join(', ')} />} />
        </DataTable.Col>
        <DataTable.Col label="What" disableSort>
          <FunctionField<PolicyRule> render={(rule) => `${classesOf(rule)}, ${waysOf(rule)}`} />
        </DataTable.Col>
        <DataTable.Col label="Who of ours" disableSort sx={{ minWidth: 120 }}>
          <FunctionField<PolicyRule> render={(rule) => <PlainText text={peopleOf(rule)} />} />
        </DataTable.Col>
        <DataTable.Col label="Why" disableSort>
          <FunctionField<PolicyRule> render={({ reason }) => <PlainText text={reason} />} />
        </DataTable.Col>
        <DataTable.Col source="owner" sx={{ minWidth: 180 }}>
          <FunctionField<PolicyRule> render={({ owner }) => <PlainText text={owner} />} />
        </DataTable.Col>
        <DataTable.Col source="expiresAt" label="Until">
          <FunctionField<PolicyRule> render={({ expiresAt }) => <Moment iso={expiresAt} />} />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}

function RuleName({ rule: { id, effect, expired } }: { rule: PolicyRule }) {
  return (
    <>
      <PlainText text={id} />
      <Chip size="small" variant="outlined" {...EFFECTS[effect]} />{' '}
      {expired ? <Chip size="small" label="expired" /> : null}
    </>
  );
}

function NoRules() {
  return (
    <Box sx={{ textAlign: 'center', my: 4 }}>
      <Typography variant="h5" component="h2" gutterBottom>
        There are no rules
      </Typography>
      <Typography sx={{ color: 'text.secondary' }}>
        Without a rule nothing passes, to no server and from none. Write one under <code>federation.rules</code> in
        interoffice.yaml: its name, effect, peers, classes, reason and owner.
      </Typography>
    </Box>
  );
}
