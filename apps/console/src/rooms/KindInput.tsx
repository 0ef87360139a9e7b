import type { RoomTemplate } from '@interoffice/contract';
import { useState } from 'react';
import { SelectInput, useInput } from 'react-admin';
import { visibleText } from '../visible-text.js';
import { Group } from './SettingsInputs.js';

/** As a room is where nobody says otherwise. */
export const USUAL = {
  office: '',
  description: '',
  public: true,
  membersOnly: false,
  moderated: false,
  nonAnonymous: true,
  membersInvite: true,
  slowModeSeconds: 0,
};

type Filled = keyof typeof USUAL;

const FILLED = Object.keys(USUAL) as Filled[];

/** What kind of room it is to be: fills in the form, but for what somebody has said already. */
export function KindInput({ templates }: { templates: readonly RoomTemplate[] }) {
  const [filled, setFilled] = useState<typeof USUAL>(USUAL);
  // Always the same fields, in the same order: as the rules of hooks want it.
  const inputs = FILLED.map((source) => useInput({ source }));
  const choose = (name: unknown): void => {
    const kind = { ...USUAL, ...templates.find((template) => template.name === name) };
    for (const [at, source] of FILLED.entries()) {
      const field = inputs[at]?.field;
      if (field && (field.value ?? '') === filled[source]) field.onChange(kind[source]);
    }
    setFilled(kind);
  };
  return (
    <Group title="Kind">
      <SelectInput
        source="template"
        label="Kind of room"
        choices={templates.map(({ name }) => ({ id: name, name: visibleText(name) }))}
        emptyText="No particular kind"
        helperText="Fills in what follows; change it as you like"
        onChange={(event: { readonly target?: { readonly value?: unknown } }) => choose(event.target?.value)}
        fullWidth
      />
    </Group>
  );
}
