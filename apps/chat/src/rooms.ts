import type { Api, Model } from './converse.js';

const MUC = 'http://jabber.org/protocol/muc';

/** What Converse has learned of a service. */
interface Feature extends Model {
  readonly entity: Model;
}

/** The server's own room service is where rooms are searched, and where one is made that is given no address. */
export function useOwnRooms(api: Api): void {
  api.listen.on('serviceDiscovered', (given) => {
    const feature = given as Feature;
    const service = String(feature.entity.get('jid'));
    if (feature.get('var') !== MUC || service.includes('@')) return;
    api.settings.set({ muc_domain: service, muc_search_service: service });
  });
}

/**
 * COMPAT(converse.js, 14.0.0): it knows no name for a person in rooms but the nickname of a vCard, and asks for one in each
 * room. Here people go by the name that the company has for them, unless they have chosen another.
 */
export function goByName(jid: string, api: Api): void {
  const name = api.waitUntil('statusInitialized').then(async () => {
    const { fullname } = await api.vcard.get(jid);
    if (fullname) api.settings.set({ nickname: fullname });
    return fullname;
  });
  api.listen.on('getNicknameForMUC', async (_room, chosen) => chosen ?? (await name));
}
