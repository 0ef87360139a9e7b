import { type Element, NS, xml } from '@interoffice/wire';
import type { Occupant } from './occupant.js';

const URI = 'urn:interoffice:hats';

/** What somebody is in the company, beside what he is in the room. */
const TITLES: Readonly<Record<string, { readonly name: string; readonly title: string }>> = {
  officer: { name: 'compliance', title: 'Compliance' },
  auditor: { name: 'compliance', title: 'Compliance' },
  helpdesk: { name: 'it-support', title: 'IT support' },
  admin: { name: 'it-support', title: 'IT support' },
};

/** Hats an occupant wears: his duty, and his office. The company gives them; nobody puts one on himself. XEP-0317 */
export function hatsOf({ account }: Occupant): Element | undefined {
  const { role, office } = account.facts;
  const duty = TITLES[role];
  const hats = [
    ...(duty ? [hat(duty.name, duty.title)] : []),
    ...(office === '' ? [] : [hat(`office:${encodeURIComponent(office)}`, office)]),
  ];
  return hats.length > 0 ? xml('hats', { xmlns: NS.hats }, ...hats) : undefined;
}

function hat(name: string, title: string): Element {
  return xml('hat', { title, uri: `${URI}#${name}` });
}
