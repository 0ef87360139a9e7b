import { AccountState, Role } from '@interoffice/contract';
import {
  CreateButton,
  DataTable,
  DateField,
  List,
  SearchInput,
  SelectInput,
  TextInput,
  TopToolbar,
  usePermissions,
} from 'react-admin';
import { StateChip } from './StateChip.js';

const choices = (names: readonly string[]) => names.map((name) => ({ id: name, name }));

const filters = [
  <SearchInput key="text" source="text" alwaysOn placeholder="Name, address, department" />,
  <SelectInput key="state" source="state" choices={choices(AccountState.options)} />,
  <SelectInput key="role" source="role" choices={choices(Role.options)} />,
  <TextInput key="office" source="office" />,
];

/** Everybody there is. */
export function AccountList() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const actions = (
    <TopToolbar>
      {permissions.includes('accounts:write') ? <CreateButton label="New local account" /> : null}
    </TopToolbar>
  );
  return (
    <List
      filters={filters}
      sort={{ field: 'name', order: 'ASC' }}
      perPage={25}
      exporter={false}
      actions={actions}
      title="Accounts"
    >
      <DataTable rowClick="show" bulkActionButtons={false}>
        <DataTable.Col source="name" />
        <DataTable.Col source="jid" label="Address" />
        <DataTable.Col source="department" />
        <DataTable.Col source="office" />
        <DataTable.Col source="role" disableSort />
        <DataTable.Col source="state">
          <StateChip />
        </DataTable.Col>
        <DataTable.Col source="lastLoginAt" label="Last log-in">
          <DateField source="lastLoginAt" showTime emptyText="never" />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}
