import { Element } from '@xmpp/xml';
import { type Jid, tryJid } from './jid.js';
import { NS } from './namespaces.js';
import { PayloadMalformed } from './payload-malformed.js';
import { childElements, childText } from './stanza.js';

export type FormType = 'form' | 'submit' | 'result' | 'cancel';

/** XEP-0004 §3.3 */
export type FieldType =
  | 'boolean'
  | 'fixed'
  | 'hidden'
  | 'jid-multi'
  | 'jid-single'
  | 'list-multi'
  | 'list-single'
  | 'text-multi'
  | 'text-private'
  | 'text-single';

/** One field to be written; without `values` it is empty. */
export interface FormField {
  readonly name?: string;
  readonly type?: FieldType;
  readonly label?: string;
  readonly values?: readonly string[];
  readonly options?: readonly { readonly value: string; readonly label?: string }[];
  readonly required?: boolean;
}

export interface FormOptions {
  readonly type: FormType;
  /** The value of FORM_TYPE: XEP-0068. */
  readonly formType?: string;
  readonly title?: string;
  readonly instructions?: string;
  readonly fields: readonly FormField[];
}

function defined(attrs: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(attrs).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function addField(form: Element, field: FormField): void {
  const element = form.c('field', defined({ var: field.name, type: field.type, label: field.label }));
  if (field.required === true) element.c('required');
  for (const value of field.values ?? []) element.c('value').t(value);
  for (const option of field.options ?? []) {
    element
      .c('option', defined({ label: option.label }))
      .c('value')
      .t(option.value);
  }
}

/** The `<x xmlns="jabber:x:data"/>` of a form, FORM_TYPE first. XEP-0004 §3 */
export function formElement(options: FormOptions): Element {
  const form = new Element('x', { xmlns: NS.dataForms, type: options.type });
  if (options.title !== undefined) form.c('title').t(options.title);
  if (options.instructions !== undefined) form.c('instructions').t(options.instructions);
  if (options.formType !== undefined) {
    addField(form, { name: 'FORM_TYPE', type: 'hidden', values: [options.formType] });
  }
  for (const field of options.fields) addField(form, field);
  return form;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false };

/** A form somebody filled in. Getters throw `PayloadMalformed` for a value of the wrong kind; undefined is "not there". */
export class Form {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(
    readonly type: string,
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#values = values;
  }

  get formType(): string | undefined {
    return this.text('FORM_TYPE');
  }

  /** The names of all fields but FORM_TYPE, in order. */
  get names(): string[] {
    return Array.from(this.#values.keys()).filter((name) => name !== 'FORM_TYPE');
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The first value; '' for a field that is there and empty. */
  text(name: string): string | undefined {
    const values = this.#values.get(name);
    return values === undefined ? undefined : (values[0] ?? '');
  }

  texts(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    const flag = Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : undefined;
    if (flag === undefined) throw new PayloadMalformed(`The field ${name} is neither true nor false.`);
    return flag;
  }

  /** A whole number from 0 on. */
  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    if (value === undefined) throw new PayloadMalformed(`The field ${name} is not a number.`);
    return value;
  }

  jids(name: string): Jid[] | undefined {
    return this.#values.get(name)?.map((text) => {
      const jid = tryJid(text);
      if (jid === undefined) throw new PayloadMalformed(`The field ${name} has something that is not an address.`);
      return jid;
    });
  }
}

/** Reads an `<x xmlns="jabber:x:data"/>`. A field without a name counts as not there. */
export function readForm(element: Element): Form {
  const values = new Map<string, string[]>();
  for (const field of childElements(element)) {
    const name: unknown = field.attrs['var'];
    if (field.name !== 'field' || typeof name !== 'string' || values.has(name)) continue;
    values.set(
      name,
      childElements(field)
        .filter((value) => value.name === 'value')
        .map((value) => value.getText()),
    );
  }
  const type: unknown = element.attrs['type'];
  return new Form(typeof type === 'string' ? type : 'form', values);
}

/** The form among the element's children whose FORM_TYPE is this one (XEP-0068); undefined when there is none. */
export function formIn(parent: Element, formType: string): Form | undefined {
  return parent
    .getChildren('x', NS.dataForms)
    .map(readForm)
    .find((form) => form.formType === formType);
}

/** The options of a field in a form, as `value → label`: for tests and for filling in what a server asks. */
export function fieldOptions(form: Element, name: string): Map<string, string> {
  const field = childElements(form).find((child) => child.name === 'field' && child.attrs['var'] === name);
  const options = field?.getChildren('option') ?? [];
  return new Map(
    options.map((option) => {
      const value = childText(option, 'value') ?? '';
      const label: unknown = option.attrs['label'];
      return [value, typeof label === 'string' ? label : value];
    }),
  );
}
