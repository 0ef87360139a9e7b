import { setFlagsFromString } from 'node:v8';

/**
 * From here on V8 counts what lies outside of its heap as part of it. By itself it collects everything whenever so many
 * megabytes have come there, however large the heap: Node names 47 KiB for each TLS connection, so that a company that logs
 * in over TLS was answered with one whole collection after every 650 people, each longer than the one before. Decision 0041
 */
export function countBuffersAsHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  // What the command asked for is for this thread: the text index needs no such room.
  setFlagsFromString('--initial-heap-size=0');
}
