import build, { Element } from '@xmpp/xml';

/** The builder of elements, `xml('iq', { type: 'get' }, …children)`, and its class: @xmpp/xml under one name for all libs. */
export const xml = build;
export { Element };

/** The same element again, sharing nothing with the first. The scanner's bound on depth bounds the recursion. */
export function copyOf(element: Element): Element {
  const copy = new Element(element.name, { ...(element.attrs as Record<string, string>) });
  for (const child of element.children) {
    if (typeof child === 'string') copy.t(child);
    else copy.cnode(copyOf(child));
  }
  return copy;
}
