import { Policy, type Rule } from '@interoffice/policy';
import { PeerDirection } from '@interoffice/contract';
import type { Clock } from '@interoffice/telemetry';

/** Which ways anything at all may pass between us and a domain; the same judgement as keeps us from calling the others. */
export class Ways {
  readonly #ways: readonly { readonly direction: PeerDirection; readonly policy: Policy }[];

  constructor(rules: readonly Rule[], clock: Clock) {
    this.#ways = PeerDirection.options.map((direction) => {
      const only = rules.filter(({ directions }) => directions.includes(direction));
      const turned = only.map((rule) => ({ ...rule, directions: [direction] }));
      return { direction, policy: new Policy(turned, 0, clock) };
    });
  }

  /** None: it is denied. */
  of(domain: string): PeerDirection[] {
    return this.#ways.filter(({ policy }) => policy.isPeer(domain)).map(({ direction }) => direction);
  }
}
