import type { AuditEntry } from '@interoffice/contract';
import { DataTable, DateField, FunctionField, List, TextInput, usePermissions } from 'react-admin';
import { PlainText } from '../PlainText.js';

const filters = [
  <TextInput key="actor" source="actor" label="Who" alwaysOn />,
  <TextInput key="action" source="action" alwaysOn />,
];

/** Who looked at what, and why: an officer's own lines, or everybody's for an auditor. */
export function AuditList() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const isAuditor = permissions.includes('audit:read');
  return (
    <List
      filters={isAuditor ? filters : []}
      sort={{ field: 'at', order: 'DESC' }}
      perPage={25}
      exporter={false}
      empty={false}
      title={isAuditor ? 'Audit log' : 'My searches'}
    >
      <DataTable rowClick={false} bulkActionButtons={false}>
        <DataTable.Col source="at" label="When">
          <DateField source="at" showTime />
        </DataTable.Col>
        {isAuditor ? <DataTable.Col source="actor" label="Who" disableSort /> : null}
        <DataTable.Col source="action" disableSort />
        <DataTable.Col source="reason" disableSort>
          <FunctionField<AuditEntry> render={({ reason = '' }) => <PlainText text={reason} />} />
        </DataTable.Col>
        <DataTable.Col source="subject" disableSort>
          <FunctionField<AuditEntry> render={({ subject }) => <PlainText text={subject} />} />
        </DataTable.Col>
        <DataTable.Col source="details" disableSort>
          <FunctionField<AuditEntry> render={({ details }) => <PlainText text={described(details)} />} />
        </DataTable.Col>
        <DataTable.Col source="address" label="From" disableSort />
      </DataTable>
    </List>
  );
}

function described(details: AuditEntry['details']): string {
  const given = Object.entries(details).filter(([, value]) => value !== null && value !== undefined);
  return given
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
