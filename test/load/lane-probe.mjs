// Inside the server under test: heap bytes and promises per message while the generator runs. The profiler of V8 tells the
// heap before and after each collection, so what was allocated in between is known to the byte, whatever was collected.
import { GCProfiler, getHeapStatistics, promiseHooks } from 'node:v8';

/** Answers the lines `start` and `stop` on standard input with what was counted in between. */
export function watch(appliance) {
  let running;
  const messages = () => Promise.all(['fast', 'tree'].map((lane) => laneCount(appliance.metrics, lane)));
  const begin = async () => {
    globalThis.gc?.();
    const profiler = new GCProfiler();
    let promises = 0;
    const before = await messages();
    profiler.start();
    const stopHook = promiseHooks.onInit(() => promises++);
    running = { profiler, before, stopHook, used: getHeapStatistics().used_heap_size, promises: () => promises };
  };
  const end = async () => {
    const { profiler, before, stopHook, used, promises } = running;
    stopHook();
    const made = promises();
    let allocated = 0;
    let last = used;
    for (const { beforeGC, afterGC } of profiler.stop().statistics) {
      allocated += beforeGC.heapStatistics.usedHeapSize - last;
      last = afterGC.heapStatistics.usedHeapSize;
    }
    allocated += getHeapStatistics().used_heap_size - last;
    const after = await messages();
    const [fast, tree] = after.map((count, i) => count - before[i]);
    process.stdout.write(`${JSON.stringify({ lane: { fast, tree, heapBytes: allocated, promises: made } })}\n`);
  };
  process.stdin.setEncoding('utf8').on('data', (text) => {
    if (text.includes('start')) void begin();
    if (text.includes('stop')) void end();
  });
}

async function laneCount(metrics, lane) {
  const line = (await metrics.text())
    .split('\n')
    .find((text) => text.startsWith(`interoffice_routing_lane_total{lane="${lane}"}`));
  return Number(line?.split(' ')[1] ?? 0);
}
