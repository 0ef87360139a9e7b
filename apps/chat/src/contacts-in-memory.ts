import type { Api, Model } from './converse.js';

/** What Converse keeps a model in (skeletor's `PersistentStorage`). */
interface Shelf {
  save(model: Kept): Promise<object>;
  destroy(model: Kept): Promise<object>;
  find(model: Kept): Promise<object | undefined>;
  findAll(): Promise<readonly object[]>;
}

interface Kept extends Model {
  readonly storage: Shelf;
  toJSON(): object;
}

interface Collection {
  readonly storage: Shelf;
  readonly models: readonly Kept[];
}

/** The devices of a contact. */
interface Presence {
  readonly resources: Collection;
}

interface Presences extends Collection {
  readonly model: { readonly prototype: { initialize(this: Presence): void } };
}

interface Roster extends Collection {
  /** With the version of the roster that the browser has (XEP-0237). */
  readonly data: Kept;
}

/** What these need of Converse's inner parts. */
export interface Sessions {
  readonly session: Model;
  readonly state: { readonly presences?: Presences };
}

/**
 * COMPAT(converse.js, 14.0.0): it writes each contact and each presence to the browser's storage, and with each of them
 * the list of all. With 500 contacts that is a sixth of what the page does before somebody can click. Both come anew from
 * the server with each page and each session, so here they live as long as the page.
 */
export function keepContactsInMemory(api: Api, inner: Sessions): void {
  api.listen.on('rosterInitialized', (given) => {
    const roster = given as Roster;
    inMemory(roster);
    const { data } = roster;
    const get = data.get.bind(data);
    // Never "nothing has changed since": what has not changed is not here.
    data.get = (name) => (name === 'version' ? undefined : get(name));
    inner.session.save({ roster_cached: false });
  });
  // Once: a new session has the same collection.
  api.listen.once('presencesInitialized', () => {
    const presences = inner.state.presences!;
    inMemory(presences);
    const { prototype } = presences.model;
    const { initialize } = prototype;
    prototype.initialize = function (this: Presence) {
      initialize.call(this);
      inMemory(this.resources);
    };
  });
}

function inMemory(collection: Collection): void {
  Object.assign(collection.storage, {
    save: (model) => Promise.resolve(model.toJSON()),
    destroy: (model) => Promise.resolve(model),
    find: () => Promise.resolve(undefined),
    findAll: () => Promise.resolve(collection.models.map((model) => model.toJSON())),
  } satisfies Shelf);
}
