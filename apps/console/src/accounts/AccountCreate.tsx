import { GrantableRole } from '@interoffice/contract';
import { Create, minLength, PasswordInput, required, SelectInput, SimpleForm, TextInput } from 'react-admin';

const roles = GrantableRole.options.map((name) => ({ id: name, name }));

/** A new account whose password is kept here. */
export function AccountCreate() {
  return (
    <Create redirect="show" title="New local account">
      <SimpleForm>
        <TextInput source="jid" label="Address" helperText="name@domain" validate={required()} />
        <TextInput source="name" />
        <TextInput source="office" />
        <PasswordInput source="password" autoComplete="new-password" validate={[required(), minLength(8)]} />
        <SelectInput
          source="role"
          choices={roles}
          defaultValue="employee"
          helperText="Officers and auditors are made on the server, with interoffice user add."
          validate={required()}
        />
      </SimpleForm>
    </Create>
  );
}
