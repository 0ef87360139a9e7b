import type { Element } from '@interoffice/wire';
import type { C2sStream } from './c2s.js';

/** What has been achieved on a stream so far. */
export type Achieved = 'secure' | 'authenticated' | 'bound';

/**
 * A stream feature as data: when it may be offered is stated, not programmed. RFC 6120 §4.3.2
 *
 * A feature without `take` only informs (roster versioning, limits). The element that starts a feature is refused while
 * the feature may not be offered, whatever the client thinks it has seen.
 */
export interface StreamFeature<S = C2sStream> {
  readonly name: string;
  readonly needs: readonly Achieved[];
  readonly forbids: readonly Achieved[];
  /**
   * What stands in `<stream:features/>`; undefined when there is nothing to offer on this stream. An element once given
   * is never changed, and one that is given again is not serialised again.
   */
  readonly offer: (stream: S) => Element | undefined;
  /** Elements that belong to this feature. */
  readonly accepts?: { readonly namespace: string; readonly names: readonly string[] };
  readonly take?: (stream: S, element: Element) => void;
}

/** The features that may be offered now, in the order of the list. */
export function offerable<S>(
  features: readonly StreamFeature<S>[],
  achieved: ReadonlySet<Achieved>,
): StreamFeature<S>[] {
  const found: StreamFeature<S>[] = [];
  for (const feature of features) if (isPossible(feature, achieved)) found.push(feature);
  return found;
}

export function isPossible(
  { needs, forbids }: Pick<StreamFeature, 'needs' | 'forbids'>,
  achieved: ReadonlySet<Achieved>,
): boolean {
  for (const state of needs) if (!achieved.has(state)) return false;
  for (const state of forbids) if (achieved.has(state)) return false;
  return true;
}

/** The feature an element belongs to, whether or not it may be used now. */
export function ownerOf<S>(features: readonly StreamFeature<S>[], element: Element): StreamFeature<S> | undefined {
  return features.find(
    ({ accepts }) => accepts?.namespace === element.getNS() && accepts?.names.includes(element.getName()),
  );
}
