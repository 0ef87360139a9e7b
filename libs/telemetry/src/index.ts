export { systemClock, type Clock } from './clock.js';
export { evenly } from './evenly.js';
export { declaredEvents, declareEvents, type EventList } from './events.js';
export { Failure } from './failure.js';
export { describeError, jsonLog, silentLog, type Fields, type Level, type Log } from './log.js';
export { Metrics, type Count } from './metrics.js';
export { startMetricsListener, type Health, type MetricsListener } from './metrics-listener.js';
export { afterTurns } from './turns.js';
