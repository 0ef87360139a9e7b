import type { Model, Private } from './converse.js';

/** A room of Converse. */
interface Room extends Model {
  readonly messages: { find(fits: (message: Model) => boolean): Model | undefined };
  retractOwnMessage(message: Model): Promise<unknown>;
}

/**
 * COMPAT(converse.js, 14.0.0): in rooms it names a message that is taken back by the id its author gave, and looks for one
 * under that; the id of the room counts. XEP-0424 §5
 */
export function nameByRoomsId({ api, exports }: Private): void {
  const Class = exports.MUC as { readonly prototype: Room } | undefined;
  if (typeof Class?.prototype.retractOwnMessage !== 'function') {
    throw new Error('Converse has no MUC.retractOwnMessage: has its release changed?');
  }
  const { prototype } = Class;
  const retract = prototype.retractOwnMessage;
  prototype.retractOwnMessage = function (this: Room, message) {
    return retract.call(this, underId(message, message.get(idBy(this))));
  };
  api.listen.on('parseMUCMessage', (_stanza, given, where) => {
    const [attributes, room] = [given as { readonly retracted_id?: string }, where as Room];
    const id = attributes.retracted_id;
    const original = id === undefined ? undefined : room.messages.find((message) => message.get(idBy(room)) === id);
    return original ? { ...attributes, retracted_id: original.get('msgid') } : attributes;
  });
}

const idBy = (room: Model): string => `stanza_id ${String(room.get('jid'))}`;

/** The same message, but for the id it tells. */
function underId(message: Model, id: unknown): Model {
  if (id === undefined) return message;
  return new Proxy(message, {
    get: (target, name) => {
      if (name === 'get') return (attribute: string) => (attribute === 'id' ? id : target.get(attribute));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
