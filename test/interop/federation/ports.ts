const FIRST = 20_000;
const PER_FILE = 200;
let given = 0;

/**
 * A port for a server that is about to start. Below those that the system hands out itself: in a network of one's own
 * nobody else takes it in between. Every file of tests is a process, and has ports that the one before did not use.
 */
export function ownPort(): number {
  given += 1;
  return FIRST + (process.pid % 50) * PER_FILE + given;
}
