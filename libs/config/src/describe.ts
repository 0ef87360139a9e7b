import { variableOf } from './environment.js';
import { interofficeSchema } from './interoffice.js';
import type { Members, Schema } from './schema.js';

const HEAD = `# Settings

What may stand in \`interoffice.yaml\`. This page is generated from the program; do not edit it.
Any value may be \`{ file: /run/secrets/name }\`. The environment wins over the file.
`;

/** docs/settings.md: every key with what it may be, its value when absent, and the variable that sets it. */
export function describeSettings(members: Members = interofficeSchema): string {
  const rows = Object.entries(members).flatMap(([key, schema]) => rowsOf([key], schema));
  const table = ['| Setting | Is | Without it | Does |', '|---|---|---|---|', ...rows];
  const variables = `The variable for \`listen.c2s-tls\` is \`${variableOf(['listen', 'c2s-tls'])}\`, and so on for every key.`;
  return [HEAD, variables, '', ...table, ''].join('\n');
}

function rowsOf(path: readonly string[], schema: Schema<unknown>): string[] {
  const cells = [`\`${path.join('.')}\``, cell(schema.expects), initialOf(schema), cell(schema.says)];
  const below = Object.entries(schema.members ?? {}).flatMap(([key, member]) => rowsOf([...path, key], member));
  return [`| ${cells.join(' | ')} |`, ...below];
}

function initialOf(schema: Schema<unknown>): string {
  if (schema.optional) return 'nothing';
  if (schema.initial === undefined) return '**must be given**';
  return typeof schema.initial === 'object' ? 'see below' : `\`${String(schema.initial)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
