import { type Asked, type Feature, get, refuse, type Reply, set } from '@interoffice/routing';
import {
  badRequest,
  type Element,
  formElement,
  type FormField,
  formIn,
  type Jid,
  notAcceptable,
  NS,
  xml,
} from '@interoffice/wire';

/** Somebody who was found. */
export interface FoundPerson {
  readonly jid: Jid;
  readonly name: string | undefined;
  readonly mail: string | undefined;
  readonly department: string | undefined;
  readonly title: string | undefined;
  readonly phone: string | undefined;
  readonly office: string | undefined;
  /** SHA-1 of the photo, as XEP-0153 writes it. */
  readonly photoHash: string | undefined;
}

/** People in whom each word of the text is found, by name; at most `limit`. */
export type SearchPeople = (text: string, limit: number) => Promise<readonly FoundPerson[]>;

/** More are told to search for more. */
const MOST_FOUND = 50;
const LEAST_TEXT = 2;
const MOST_TEXT = 200;
/** What forms without data forms know. XEP-0055 §2 */
const PLAIN_FIELDS = ['first', 'last', 'nick', 'email'] as const;
const FIELDS: readonly FormField[] = [
  { name: 'text', type: 'text-single', label: 'Name, department, office or phone number, or parts of them' },
];
const REPORTED: readonly (readonly [
  name: string,
  label: string,
  value: (person: FoundPerson) => string | undefined,
])[] = [
  ['jid', 'Address', ({ jid }) => jid.bare],
  ['fn', 'Name', ({ name }) => name],
  ['title', 'Title', ({ title }) => title],
  ['department', 'Department', ({ department }) => department],
  ['office', 'Office', ({ office }) => office],
  ['phone', 'Phone', ({ phone }) => phone],
  ['email', 'Mail', ({ mail }) => mail],
  ['photo', 'SHA-1 of the photo', ({ photoHash }) => photoHash],
];

/** People of the company are found by what the directory says of them. XEP-0055 */
export function peopleSearch(find: SearchPeople): Feature {
  return {
    name: 'search',
    implements: [{ xep: 55, version: '1.3' }],
    advertises: { server: [NS.search] },
    answers: [
      get('server', NS.search, 'query', () => fields()),
      set('server', NS.search, 'query', (asked) => search(asked, find)),
    ],
  };
}

/** XEP-0055 §2, and §3 for clients with data forms. */
function fields(): Element {
  const instructions = 'Type a part of a name, department, office or phone number.';
  return xml(
    'query',
    { xmlns: NS.search },
    xml('instructions', {}, instructions),
    ...PLAIN_FIELDS.map((name) => xml(name)),
    formElement({ type: 'form', formType: NS.search, title: 'Find people', instructions, fields: FIELDS }),
  );
}

async function search({ child }: Asked, find: SearchPeople): Promise<Reply> {
  const isForm = child.getChild('x', NS.dataForms) !== undefined;
  const form = formIn(child, NS.search);
  if (isForm && form?.type !== 'submit') return refuse(badRequest('That is no search form filled in.'), 'no such form');
  const said = form ? form.names.map((name) => form.text(name)) : PLAIN_FIELDS.map((name) => child.getChildText(name));
  const text = said.join(' ').replaceAll('*', ' ').trim();
  if (text.length < LEAST_TEXT || text.length > MOST_TEXT) {
    return refuse(
      notAcceptable(`Type ${LEAST_TEXT} to ${MOST_TEXT} characters to search for.`),
      'text too short or long',
    );
  }
  const found = await find(text, MOST_FOUND);
  return xml('query', { xmlns: NS.search }, ...(isForm ? [resultForm(found)] : found.map(plainItem)));
}

function resultForm(found: readonly FoundPerson[]): Element {
  const form = formElement({ type: 'result', formType: NS.search, fields: [] });
  const reported = form.c('reported');
  for (const [name, label] of REPORTED) {
    reported.c('field', { var: name, label, type: name === 'jid' ? 'jid-single' : 'text-single' });
  }
  for (const person of found) {
    const item = form.c('item');
    for (const [name, , value] of REPORTED) {
      const text = value(person);
      if (text !== undefined) item.c('field', { var: name }).c('value').t(text);
    }
  }
  return form;
}

/** `<item/>` of XEP-0055 §2.2 */
function plainItem({ jid, name = '', mail }: FoundPerson): Element {
  const [first = '', ...last] = name.split(' ');
  const item = xml(
    'item',
    { jid: jid.bare },
    xml('first', {}, first),
    xml('last', {}, last.join(' ')),
    xml('nick', {}, jid.local ?? ''),
  );
  if (mail !== undefined) item.append(xml('email', {}, mail));
  return item;
}
