interface MessageForm extends HTMLElement {
  onFormSubmitted(event?: Event): Promise<unknown>;
}

const NAME = 'converse-message-form';

/**
 * COMPAT(converse.js, 14.0.0): between two sessions it answers Enter with a dialog. Here the message waits in the composer
 * for the moment until there is one.
 */
export function waitForSession(session: () => Promise<unknown>): void {
  void customElements.whenDefined(NAME).then(() => {
    const prototype = customElements.get(NAME)!.prototype as MessageForm;
    const submit = prototype.onFormSubmitted;
    prototype.onFormSubmitted = async function (this: MessageForm, event) {
      event?.preventDefault();
      await session();
      return submit.call(this, event);
    };
  });
}
