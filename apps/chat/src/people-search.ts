import type { Converse } from './converse.js';

/** Somebody the server has found. */
interface Found {
  readonly jid: string;
  readonly fullname: string;
  readonly about: string;
}

interface Suggestions {
  filter: () => boolean;
  match_current_word: boolean;
  max_items: number;
}

interface Autocomplete extends HTMLElement {
  readonly name: string;
  readonly auto_complete: Suggestions;
  getAutoCompleteList?: (typed: string) => Promise<object[]>;
  firstUpdated(): void;
}

interface NewChat extends HTMLElement {
  readonly model: { get(name: string): unknown };
  renderModal(): unknown;
  startChatFromForm(event: SubmitEvent): Promise<void>;
}

const MOST_SHOWN = 20;
const DIALOGS = 'converse-add-contact-modal, converse-new-chat-modal';

/** Where Converse asks for people by name; it adds `q=…`. */
export const PEOPLE_URL = '/api/v1/people?';

/**
 * COMPAT(converse.js, 14.0.0): its dialog to add a contact drops whoever does not contain the typed letters in name or
 * address, and asks for the last word alone; that to start a chat wants an address. The server finds by department,
 * office and phone as well, accents aside, and wants all that was typed.
 */
export function searchPeople(converse: Converse): void {
  void customElements.whenDefined('converse-autocomplete').then(() => {
    const prototype = customElements.get('converse-autocomplete')!.prototype as Autocomplete;
    const made = prototype.firstUpdated;
    prototype.firstUpdated = function (this: Autocomplete) {
      const isOfPeople = this.name === 'jid' && this.closest(DIALOGS) !== null;
      if (isOfPeople) this.getAutoCompleteList = suggestions;
      made.call(this);
      if (!isOfPeople) return;
      this.auto_complete.filter = () => true;
      this.auto_complete.match_current_word = false;
      this.auto_complete.max_items = MOST_SHOWN;
    };
  });
  void customElements.whenDefined('converse-new-chat-modal').then(() => {
    const prototype = customElements.get('converse-new-chat-modal')!.prototype as NewChat;
    const start = prototype.startChatFromForm;
    prototype.renderModal = function (this: NewChat) {
      return form(this, converse);
    };
    prototype.startChatFromForm = function (this: NewChat, event) {
      keepAddress(event.target as HTMLFormElement);
      return start.call(this, event);
    };
  });
}

/** As Converse's own, but with a field that finds people. */
function form(dialog: NewChat, { env: { html } }: Converse): unknown {
  const error = dialog.model.get('error');
  return html`<div class="modal-body">
    ${error ? html`<div class="alert alert-danger" role="alert">${error}</div>` : ''}
    <form @submit=${(event: SubmitEvent) => void dialog.startChatFromForm(event)}>
      <div class="mb-3">
        <span class="form-label">Name, department, phone number or address</span>
        <converse-autocomplete
          .getAutoCompleteList=${suggestions}
          position="below"
          min_chars="2"
          name="jid"
          ?required=${true}
        ></converse-autocomplete>
      </div>
      <button type="submit" class="btn btn-primary">Start Chat</button>
    </form>
  </div>`;
}

/** Of `Anna Berg <anna@corp.example>`, as a suggestion is filled in, the address. */
function keepAddress(filled: HTMLFormElement): void {
  const field = filled.querySelector<HTMLInputElement>('input[name="jid"]');
  const [, address] = /<([^<>]+)>\s*$/.exec(field?.value ?? '') ?? [];
  if (field && address !== undefined) field.value = address;
}

async function suggestions(typed: string): Promise<object[]> {
  const text = typed.trim();
  if (text.length < 2) return [];
  const answer = await fetch(`${PEOPLE_URL}q=${encodeURIComponent(text)}`, { credentials: 'same-origin' }).catch(
    () => undefined,
  );
  if (!answer?.ok) return [];
  return ((await answer.json()) as Found[]).map(({ jid, fullname, about }) => ({
    label: about === '' ? `${fullname} <${jid}>` : `${fullname} – ${about} <${jid}>`,
    value: `${fullname} <${jid}>`,
  }));
}
