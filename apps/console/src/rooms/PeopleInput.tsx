import type { Account } from '@interoffice/contract';
import { AutocompleteArrayInput, AutocompleteInput, ReferenceArrayInput, ReferenceInput, required } from 'react-admin';
import { visibleText } from '../visible-text.js';

interface PeopleInputProps {
  readonly source: string;
  readonly label: string;
  readonly helperText?: string;
}

const SUGGESTED = { filter: { state: 'active' }, sort: { field: 'name', order: 'ASC' }, perPage: 10 } as const;

const named = ({ name, jid }: Partial<Account>): string =>
  visibleText(name === undefined ? String(jid) : `${name} – ${jid}`);
const asQuery = (text: string) => (text === '' ? {} : { text });

/** Several people with accounts, found by name, address or department. */
export function PeopleInput({ source, label, helperText }: PeopleInputProps) {
  return (
    <ReferenceArrayInput source={source} reference="accounts" {...SUGGESTED}>
      <AutocompleteArrayInput
        label={label}
        helperText={helperText}
        optionText={named}
        filterToQuery={asQuery}
        fullWidth
      />
    </ReferenceArrayInput>
  );
}

/** One of them. */
export function PersonInput({ source, label, helperText }: PeopleInputProps) {
  return (
    <ReferenceInput source={source} reference="accounts" {...SUGGESTED}>
      <AutocompleteInput
        label={label}
        helperText={helperText ?? false}
        optionText={named}
        filterToQuery={asQuery}
        validate={required()}
        fullWidth
      />
    </ReferenceInput>
  );
}
