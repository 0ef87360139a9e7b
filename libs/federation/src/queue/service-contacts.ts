import type { Questions, Session } from '@interoffice/routing';
import { Failure } from '@interoffice/telemetry';
import { type Element, jid, NS, xml } from '@interoffice/wire';

/** Whom to write to about a server, by what for: addresses as it gives them. XEP-0157 */
export type ServiceContacts = Readonly<Record<string, readonly string[]>>;

export interface ServiceContactsParts {
  /** Ours, in whose name is asked. */
  readonly domain: string;
  /** True where questions may go there and come from there. */
  readonly mayAsk: (peer: string) => boolean;
  readonly sessionOf: (peer: ReturnType<typeof jid>) => Session;
  readonly questions: Pick<Questions, 'ask'>;
  readonly later: (ms: number, work: () => void) => () => void;
}

const WITHIN_MS = 20_000;
const FORM = 'http://jabber.org/network/serverinfo';
const MOST_KINDS = 16;
const MOST_EACH = 10;
const LONGEST = 300;
/** What administrators can do something with; anything else a page could be tricked by. */
const ADDRESS = /^(mailto|xmpp|https|tel):[^\s<>"]+$/;

/** Asks a peer's server whom to write to. Rejects with PEER_DENIED, PEER_SILENT and PEER_UNHELPFUL. */
export function askForContacts(peer: string, parts: ServiceContactsParts): Promise<ServiceContacts> {
  if (!parts.mayAsk(peer)) {
    const text = `No rule lets questions pass to and from ${peer}, so that it cannot be asked.`;
    return Promise.reject(new Failure('PEER_DENIED', text));
  }
  const { promise, resolve, reject } = Promise.withResolvers<ServiceContacts>();
  const cancel = parts.later(WITHIN_MS, () => {
    reject(new Failure('PEER_SILENT', `${peer} has not answered within ${WITHIN_MS / 1_000} seconds.`));
  });
  const payload = xml('query', { xmlns: NS.discoInfo });
  const asked = { type: 'get', payload, from: parts.domain } as const;
  parts.questions.ask(parts.sessionOf(jid(undefined, peer)), asked, (iq) => {
    cancel();
    if (iq.attrs['type'] === 'result') return resolve(readContacts(iq.getChild('query', NS.discoInfo)));
    reject(new Failure('PEER_UNHELPFUL', `${peer} does not answer the question what it is.`));
  });
  return promise;
}

/** Of the answer only what is an address, and not any number of them. */
export function readContacts(info: Element | undefined): ServiceContacts {
  const forms = info?.getChildren('x', 'jabber:x:data') ?? [];
  const fields = forms.find((form) => valuesOf(form, 'FORM_TYPE')[0] === FORM)?.getChildren('field') ?? [];
  const found: [string, readonly string[]][] = [];
  for (const field of fields) {
    const [, kind] = /^([a-z]{1,32})-addresses$/.exec(String(field.attrs['var'] ?? '')) ?? [];
    if (kind === undefined || found.length >= MOST_KINDS) continue;
    const addresses = textsOf(field).filter((text) => text.length <= LONGEST && ADDRESS.test(text));
    if (addresses.length > 0) found.push([kind, addresses.slice(0, MOST_EACH)]);
  }
  return Object.fromEntries(found);
}

function valuesOf(form: Element, name: string): string[] {
  return form.getChildren('field').flatMap((field) => (field.attrs['var'] === name ? textsOf(field) : []));
}

function textsOf(field: Element): string[] {
  return field.getChildren('value').map((value) => value.getText().trim());
}
