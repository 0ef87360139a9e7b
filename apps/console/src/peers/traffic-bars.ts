import type { PeerTraffic, TrafficCounts } from '@interoffice/contract';

/** In the order in which they lie on each other, from the axis outwards. */
export const KINDS = [
  'chat',
  'room',
  'presence',
  'file',
  'call',
  'pubsub',
  'iq',
  'refused',
] as const satisfies readonly (keyof TrafficCounts)[];
export type Kind = (typeof KINDS)[number];

/** One piece of a bar, in parts of the whole picture: what came in lies above the axis in the middle, what went out below. */
export interface Piece {
  readonly kind: Kind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The bars of a chart of 1 × 1; as high as the busiest step. Nothing where nothing went. */
export function bars({ points }: PeerTraffic): { readonly pieces: readonly Piece[]; readonly most: number } {
  const most = Math.max(0, ...points.flatMap((point) => [sumOf(point.in), sumOf(point.out)]));
  if (most === 0) return { pieces: [], most };
  const width = 1 / points.length;
  const pieces = points.flatMap((point, at) => {
    const stack = (counts: TrafficCounts, sign: 1 | -1): Piece[] => {
      let reached = 0;
      return KINDS.flatMap((kind) => {
        const height = counts[kind] / most / 2;
        if (height === 0) return [];
        const y = sign === 1 ? 0.5 - reached - height : 0.5 + reached;
        reached += height;
        return { kind, x: at * width, y, width: width * 0.8, height };
      });
    };
    return [...stack(point.in, 1), ...stack(point.out, -1)];
  });
  return { pieces, most };
}

/** Of the whole time, by class: for the table beside the chart. Classes of which nothing went are left out. */
export function totals({
  points,
}: PeerTraffic): readonly { readonly kind: Kind; readonly in: number; readonly out: number }[] {
  return KINDS.map((kind) => ({
    kind,
    in: points.reduce((sum, point) => sum + point.in[kind], 0),
    out: points.reduce((sum, point) => sum + point.out[kind], 0),
  })).filter((row) => row.in + row.out > 0);
}

function sumOf(counts: TrafficCounts): number {
  return KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}
