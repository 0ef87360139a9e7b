export { type Courtesy, type GivenUp, Line, type LineParts, type LineStream, type OutboundRow } from './line.js';
