import {
  type Account,
  type Asked,
  type Feature,
  get,
  refuse,
  type Refused,
  type Reply,
  set,
} from '@interoffice/routing';
import { badRequest, copyOf, type Element, notAcceptable, notAllowed, NS, serialize, xml } from '@interoffice/wire';
import { isReadable } from '../readable.js';
import type { StoredElsewhere } from '../stored-elsewhere.js';
import type { PrivateElements } from './private-elements.js';

const MOST_BYTES = 65_536;
/** The key of a table's index. */
const MOST_NAME_BYTES = 1023;

/** Private XML Storage: clients keep what is theirs, and nobody else reads it. XEP-0049 */
export function privateStorage(elements: PrivateElements, elsewhere: readonly StoredElsewhere[]): Feature {
  return {
    name: 'private-storage',
    implements: [{ xep: 49, version: '1.2' }],
    advertises: { server: [NS.privateStorage], account: [NS.privateStorage] },
    answers: [
      get('account', NS.privateStorage, 'query', (asked) => read(asked, elements, elsewhere)),
      set('account', NS.privateStorage, 'query', (asked) => write(asked, elements, elsewhere)),
    ],
  };
}

/** XEP-0049 §2.3: what was never stored is answered as it was asked. */
async function read(
  { account, child }: Asked,
  elements: PrivateElements,
  elsewhere: readonly StoredElsewhere[],
): Promise<Reply> {
  const [wanted, ...more] = child.getChildElements();
  if (!wanted || more.length > 0) {
    return refuse(badRequest('Ask for exactly one element.'), 'not exactly one element asked for');
  }
  const other = placeOf(wanted, elsewhere);
  const found = await (other?.show(account) ?? elements.find(account.id, wanted.getNS() ?? '', wanted.getName()));
  return xml('query', { xmlns: NS.privateStorage }, found ?? copyOf(wanted));
}

/** All is looked at before anything is stored, which happens in the order in which it was sent. */
async function write(
  { account, child }: Asked,
  elements: PrivateElements,
  elsewhere: readonly StoredElsewhere[],
): Promise<Reply> {
  const given = child.getChildElements();
  if (given.length === 0) return refuse(notAcceptable('There is nothing to store.'), 'nothing to store');
  const unfit = given
    .filter((element) => !placeOf(element, elsewhere))
    .map(unfitness)
    .find((refused) => refused);
  if (unfit) return unfit;
  for (const element of given) {
    const other = placeOf(element, elsewhere);
    const refused = await (other ? other.store(account, element) : store(account, withNamespace(element), elements));
    if (refused) return refused;
  }
  return undefined;
}

/** An element with nothing in it takes the place of nothing. */
async function store(account: Account, element: Element, elements: PrivateElements): Promise<Refused | undefined> {
  return account.inOrder(async () => {
    const isEmpty = element.children.length === 0 && Object.keys(element.attrs).length === 1;
    if (isEmpty) await elements.remove(account.id, element.getNS() ?? '', element.getName());
    else if (!(await elements.put(account.id, element))) {
      return refuse(notAllowed('An account stores at most 100 elements; store one of them empty.'), 'too much stored');
    }
    return undefined;
  });
}

function unfitness(element: Element): Refused | undefined {
  const namespace = element.getNS() ?? '';
  if (namespace === '' || namespace === NS.privateStorage) {
    return refuse(notAcceptable('An element to be stored has a namespace of its own.'), 'no namespace of its own');
  }
  if (Buffer.byteLength(namespace) > MOST_NAME_BYTES || Buffer.byteLength(element.getName()) > MOST_NAME_BYTES) {
    return refuse(notAcceptable('The name of the element is too long.'), 'the name is too long');
  }
  const text = serialize(element);
  if (Buffer.byteLength(text) > MOST_BYTES || !isReadable(text)) {
    return refuse(notAcceptable(`A stored element holds at most ${MOST_BYTES} bytes.`), 'the element is too big');
  }
  return undefined;
}

function placeOf(element: Element, elsewhere: readonly StoredElsewhere[]): StoredElsewhere | undefined {
  return elsewhere.find(({ namespace, name }) => element.is(name, namespace));
}

function withNamespace(element: Element): Element {
  const copy = copyOf(element);
  copy.attrs['xmlns'] = element.getNS();
  return copy;
}
