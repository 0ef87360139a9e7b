import type { Api, Model } from './converse.js';

interface MessageForm extends HTMLElement {
  readonly model: Model;
}

/**
 * COMPAT(converse.js, 14.0.0): it keeps what stands in a composer when the chat is left for another, not when the page is
 * loaded again. Here it is kept with every keystroke, for the next page of this tab.
 */
export function keepDrafts(owner: string, api: Api): void {
  const keyOf = (chat: Model): string => `interoffice.draft:${owner}:${String(chat.get('jid'))}`;
  document.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLTextAreaElement)) return;
    const form = target.closest<MessageForm>('converse-message-form, converse-muc-message-form');
    if (form !== null) sessionStorage.setItem(keyOf(form.model), target.value);
  });
  for (const event of ['chatBoxInitialized', 'chatRoomInitialized']) {
    api.listen.on(event, (given) => {
      const chat = given as Model;
      const draft = sessionStorage.getItem(keyOf(chat));
      if (draft) chat.save({ draft });
    });
  }
  api.listen.on('sendMessage', (given) => {
    sessionStorage.removeItem(keyOf((given as { readonly chatbox: Model }).chatbox));
  });
}
