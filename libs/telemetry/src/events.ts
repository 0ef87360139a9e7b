/** Event names of one lib with a sentence each, from which docs/events.md is made. */
export type EventList = Readonly<Record<string, string>>;

const lists = new Map<string, EventList>();

/** Declares the events a lib emits. Call it once, in the lib's `events.ts`; names are dotted and in the past tense. */
export function declareEvents<const T extends EventList>(lib: string, events: T): T {
  lists.set(lib, events);
  return events;
}

/** Every list declared so far, by lib: what the generator of docs/events.md reads. */
export function declaredEvents(): ReadonlyMap<string, EventList> {
  return lists;
}
