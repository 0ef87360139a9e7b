import { type Feature, forOthers, get, refuse, set } from '@interoffice/routing';
import { type Element, type Jid, notAllowed, serviceUnavailable, xml } from '@interoffice/wire';

/** What the directory says of a person. */
export interface Person {
  readonly name: string | undefined;
  readonly mail: string | undefined;
  readonly phone: string | undefined;
  readonly title: string | undefined;
  readonly department: string | undefined;
  readonly office: string | undefined;
  readonly photo: { readonly type: string; readonly bytes: Buffer } | undefined;
}

/** Finds a person of the directory; `undefined` when there is none. */
export type FindPerson = (jid: Jid) => Promise<Person | undefined>;

const VCARD = 'vcard-temp';

/** vcard-temp from the directory: people find each other by name and photo, and nobody can lie about his own. XEP-0054 */
export function vcard(findPerson: FindPerson, company: string): Feature {
  return {
    name: 'vcard',
    implements: [{ xep: 54, version: '1.3.0' }],
    advertises: { server: [VCARD], account: [VCARD] },
    answers: [
      forOthers(
        get('account', VCARD, 'vCard', async ({ account }) => {
          const person = await findPerson(account.jid);
          // Of somebody who is gone: what is said of nobody, or it would tell that they were here. A-05
          return person ? cardOf(person, company) : refuse(serviceUnavailable(), 'no such person in the directory');
        }),
      ),
      set('account', VCARD, 'vCard', () =>
        refuse(
          notAllowed('Names and photos come from the company directory; ask your administrator to change them there.'),
          'the directory owns the vCard',
        ),
      ),
    ],
  };
}

function cardOf(person: Person, company: string): Element {
  const text = (name: string, value: string | undefined): Element[] => (value ? [xml(name, {}, value)] : []);
  const [given, ...family] = (person.name ?? '').split(' ');
  return xml(
    'vCard',
    { xmlns: VCARD },
    ...text('FN', person.name),
    ...(person.name ? [xml('N', {}, ...text('FAMILY', family.join(' ')), ...text('GIVEN', given))] : []),
    ...(person.mail ? [xml('EMAIL', {}, xml('INTERNET'), xml('WORK'), xml('USERID', {}, person.mail))] : []),
    ...(person.phone ? [xml('TEL', {}, xml('WORK'), xml('VOICE'), xml('NUMBER', {}, person.phone))] : []),
    ...text('TITLE', person.title),
    xml(
      'ORG',
      {},
      xml('ORGNAME', {}, company),
      ...text('ORGUNIT', person.department),
      ...text('ORGUNIT', person.office),
    ),
    ...(person.photo
      ? [xml('PHOTO', {}, xml('TYPE', {}, person.photo.type), xml('BINVAL', {}, person.photo.bytes.toString('base64')))]
      : []),
  );
}
