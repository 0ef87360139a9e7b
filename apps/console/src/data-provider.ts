import { Account, AccountList, AuditList, SessionList } from '@interoffice/contract';
import { HttpError, type DataProvider, type GetListParams, type Identifier, type RaRecord } from 'react-admin';
import { ask, tell } from './http.js';
import { listParameters } from './list-parameters.js';

/** The lists of the console: which schema reads them and which field names a row. */
const LISTS = {
  accounts: { schema: AccountList, key: 'jid' },
  sessions: { schema: SessionList, key: 'id' },
  audit: { schema: AuditList, key: 'id' },
} as const;

function listed(resource: string) {
  const list = LISTS[resource as keyof typeof LISTS];
  if (!list) throw new HttpError(`There is no list called ${resource}.`, 404);
  return list;
}

/** react-admin wants every row to have an `id`. */
function withId(row: object, key: string): RaRecord {
  return { ...row, id: String((row as Record<string, unknown>)[key]) };
}

function unsupported(): never {
  throw new HttpError('The console does not do this.', 405);
}

/** Suspends or restores an account; nobody is logged in to a suspended one when it resolves. */
export function setSuspended(jid: string, suspended: boolean): Promise<Account> {
  const verb = suspended ? 'suspend' : 'restore';
  return ask(Account, `/accounts/${encodeURIComponent(jid)}/${verb}`, { method: 'POST' });
}

function account(id: Identifier): Promise<RaRecord> {
  return ask(Account, `/accounts/${encodeURIComponent(id)}`).then((found) => withId(found, 'jid'));
}

const provider = {
  async getList(resource: string, params: GetListParams) {
    const { schema, key } = listed(resource);
    const { items, total } = await ask(schema, `/${resource}`, { query: listParameters(params) });
    return { data: items.map((item) => withId(item, key)), total };
  },
  async getOne(_resource: string, { id }: { id: Identifier }) {
    return { data: await account(id) };
  },
  async getMany(_resource: string, { ids }: { ids: Identifier[] }) {
    return { data: await Promise.all(ids.map((id) => account(id))) };
  },
  async create(_resource: string, { data }: { data: object }) {
    return { data: withId(await ask(Account, '/accounts', { method: 'POST', body: data }), 'jid') };
  },
  async delete(_resource: string, { id }: { id: Identifier }) {
    await tell(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
    return { data: { id } };
  },
  getManyReference: unsupported,
  update: unsupported,
  updateMany: unsupported,
  deleteMany: unsupported,
};

/** What react-admin asks, said in the words of our API. Its type lets each caller claim what a row is. */
export const dataProvider = provider as unknown as DataProvider;
