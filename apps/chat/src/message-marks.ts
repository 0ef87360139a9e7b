import type { Model } from './converse.js';

interface MessageElement extends HTMLElement {
  readonly model?: Model;
  getExtraMessageClasses(): string;
  requestUpdate(): void;
}

const NAME = 'converse-chat-message';

/**
 * COMPAT(converse.js, 14.0.0): gives own messages the class `chat-msg--waiting` until the server has acknowledged them, and
 * `chat-msg--sent` afterwards. `isWaiting` is asked by a message's origin-id.
 */
export function markWaiting(isWaiting: (id: string) => boolean): void {
  void customElements.whenDefined(NAME).then(() => {
    const prototype = customElements.get(NAME)!.prototype as MessageElement;
    const classes = prototype.getExtraMessageClasses;
    prototype.getExtraMessageClasses = function (this: MessageElement) {
      const id = originOf(this);
      const mark = id === undefined ? '' : isWaiting(id) ? ' chat-msg--waiting' : ' chat-msg--sent';
      return classes.call(this) + mark;
    };
  });
}

/** Draws again those of these messages that are on the page. */
export function redraw(ids: ReadonlySet<string>): void {
  for (const element of document.querySelectorAll<MessageElement>(NAME)) {
    const id = originOf(element);
    if (id !== undefined && ids.has(id)) element.requestUpdate();
  }
}

/** Of an own message. */
function originOf({ model }: MessageElement): string | undefined {
  return model?.get('sender') === 'me' ? String(model.get('origin_id')) : undefined;
}
