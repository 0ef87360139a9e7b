import build, { Element } from '@xmpp/xml';

/** The builder of elements, `xml('iq', { type: 'get' }, …children)`, and its class: @xmpp/xml under one name for all libs. */
export const xml = build;
export { Element };
