import { Unreadable, type Parse } from './frame.js';
import type { Connect } from './line.js';

/** Over a WebSocket of the browser. RFC 7395 §3.1 */
export function webSocketTo(url: string): Connect {
  return ({ opened, received, closed }) => {
    const socket = new WebSocket(url, 'xmpp');
    const told = new AbortController();
    const { signal } = told;
    const over = (): void => {
      told.abort();
      closed();
    };
    socket.addEventListener('open', opened, { signal });
    socket.addEventListener('message', ({ data }) => received(String(data)), { signal });
    socket.addEventListener('close', over, { signal });
    socket.addEventListener('error', over, { signal });
    return {
      send: (text) => socket.send(text),
      close: () => {
        told.abort();
        socket.close();
      },
    };
  };
}

export const parseInBrowser: Parse = (text) => {
  const { documentElement } = new DOMParser().parseFromString(text, 'text/xml');
  // Nothing else says that the text was not XML.
  if (documentElement.getElementsByTagName('parsererror').length > 0) throw new Unreadable(text.slice(0, 80));
  return documentElement;
};
