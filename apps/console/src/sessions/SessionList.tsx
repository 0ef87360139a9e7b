import {
  BooleanField,
  DataTable,
  DateField,
  FunctionField,
  DeleteWithConfirmButton,
  List,
  SearchInput,
  usePermissions,
} from 'react-admin';
import type { Session } from '@interoffice/contract';

const filters = [<SearchInput key="text" source="text" alwaysOn placeholder="Address, device, network address" />];

/** Every device that is connected now. */
export function SessionList() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  return (
    <List
      filters={filters}
      sort={{ field: 'jid', order: 'ASC' }}
      exporter={false}
      title="Live sessions"
      empty={false}
      queryOptions={{ refetchInterval: 15_000 }}
    >
      <DataTable rowClick={false} bulkActionButtons={false}>
        <DataTable.Col source="jid" label="Address" />
        <DataTable.Col source="device" disableSort />
        <DataTable.Col source="address" label="From" />
        <DataTable.Col source="over" disableSort>
          <FunctionField<Session> render={({ over }) => (over === 'none' ? 'cut, waits to be resumed' : over)} />
        </DataTable.Col>
        <DataTable.Col source="encrypted" disableSort>
          <BooleanField source="encrypted" />
        </DataTable.Col>
        <DataTable.Col source="since">
          <DateField source="since" showTime />
        </DataTable.Col>
        {permissions.includes('sessions:end') ? (
          <DataTable.Col label="" disableSort>
            <DeleteWithConfirmButton
              label="Disconnect"
              confirmTitle="Disconnect this device?"
              confirmContent="Its client may connect again unless the account is suspended."
              mutationMode="pessimistic"
              redirect={false}
              successMessage="The device is disconnected."
            />
          </DataTable.Col>
        ) : null}
      </DataTable>
    </List>
  );
}
