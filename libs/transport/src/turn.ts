/** Who has something to write at the end of the turn. */
export interface Flushed {
  flush(): void;
}

let waiting: Flushed[] = [];
let isScheduled = false;

/** One write per connection per turn: called once per turn by each connection that has collected bytes. */
export function flushAtEndOfTurn(connection: Flushed): void {
  waiting.push(connection);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(flushAll);
}

function flushAll(): void {
  isScheduled = false;
  const now = waiting;
  waiting = [];
  for (let i = 0; i < now.length; i++) now[i]!.flush();
}
