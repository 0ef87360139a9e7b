import type { Vocabulary } from '@interoffice/wire';
import type { AddressClass } from './address.js';
import type { Answer, Feature, Hook, Interest, Take, Watch } from './feature.js';
import { type Phase, PHASES, type Phases } from './phases.js';
import { type Kind, KINDS, type StanzaType, TYPES } from './stanza-type.js';

/** A hook as it runs: `mask` 0 wants every stanza of its slot, anything else wants one of those children. */
export interface Compiled<P extends Phase> {
  readonly mask: number;
  readonly run: Phases[P];
  readonly feature: string;
}

const CLASSES: readonly AddressClass[] = [
  'account',
  'device',
  'server',
  'nobody',
  'elsewhere',
  'service',
  'room',
  'occupant',
];

/**
 * The list of features as tables: per phase × kind × type × address class a frozen array. A plain chat message meets
 * only hooks that want every chat message, at one AND each.
 */
export class Compilation {
  readonly answers = new Map<string, Answer>();
  readonly takes = new Map<string, Take>();
  readonly watches: readonly { readonly feature: string; readonly watch: Watch }[];
  readonly #hooks = new Map<Phase, readonly Compiled<Phase>[][]>();

  constructor(
    readonly features: readonly Feature[],
    vocabulary: Vocabulary,
  ) {
    const hooks = features.flatMap((feature) => (feature.hooks ?? []).map((hook) => ({ feature: feature.name, hook })));
    for (const phase of PHASES) {
      const own = hooks.filter(({ hook }) => hook.phase === phase);
      const slots: Compiled<Phase>[][] = [];
      eachSlot((kind, type, to, slot) => {
        const wanted = own.filter(({ hook }) => concerns(hook.interest, { kind, type, to }));
        slots[slot] = wanted.map(({ feature, hook }) => ({ feature, run: hook.run, mask: maskOf(hook, vocabulary) }));
      });
      for (const slot of slots) Object.freeze(slot);
      this.#hooks.set(phase, slots);
    }
    for (const feature of features) this.#addExclusive(feature);
    this.watches = features.flatMap(({ name, watches }) => (watches ? [{ feature: name, watch: watches }] : []));
  }

  /** The hooks of a phase, by slot: fetch once, index with `slotOf`. */
  hooks<P extends Phase>(phase: P): readonly (readonly Compiled<P>[])[] {
    return this.#hooks.get(phase) as unknown as readonly (readonly Compiled<P>[])[];
  }

  #addExclusive(feature: Feature): void {
    for (const answer of feature.answers ?? []) {
      const key = answerKey(answer.type, answer.place, answer.namespace, answer.name);
      if (this.answers.has(key)) throw new Error(`Two features answer ${key}; the second is ${feature.name}.`);
      this.answers.set(key, answer);
    }
    for (const take of feature.takes ?? []) {
      for (const type of take.type) {
        const key = `${type} ${take.to}`;
        if (this.takes.has(key)) throw new Error(`Two features take presence ${key}; the second is ${feature.name}.`);
        this.takes.set(key, take);
      }
    }
  }
}

/** Compiles the features of a server; throws when two claim the same answer. */
export function compile(features: readonly Feature[], vocabulary: Vocabulary): Compilation {
  return new Compilation(features, vocabulary);
}

export function answerKey(type: string, place: string, namespace: string, name: string): string {
  return `${type} ${place} ${namespace} ${name}`;
}

const TYPE_COUNT = TYPES.length;
const TYPE_INDEX = new Map(TYPES.map((type, i) => [type, i]));
const CLASS_INDEX = new Map(CLASSES.map((name, i) => [name, i]));
const KIND_INDEX = new Map(KINDS.map((kind, i) => [kind, i]));

/** Where in a phase's table the hooks for such a stanza stand. */
export function slotOf(kind: Kind, type: StanzaType, to: AddressClass): number {
  return (KIND_INDEX.get(kind)! * TYPE_COUNT + TYPE_INDEX.get(type)!) * CLASSES.length + CLASS_INDEX.get(to)!;
}

function eachSlot(visit: (kind: Kind, type: StanzaType, to: AddressClass, slot: number) => void): void {
  for (const kind of KINDS)
    for (const type of TYPES) for (const to of CLASSES) visit(kind, type, to, slotOf(kind, type, to));
}

function concerns(interest: Interest, slot: { kind: Kind; type: StanzaType; to: AddressClass }): boolean {
  if (interest.kind !== slot.kind) return false;
  if (interest.type && !interest.type.includes(slot.type)) return false;
  return !interest.to || interest.to.includes(slot.to);
}

function maskOf(hook: Hook, vocabulary: Vocabulary): number {
  let mask = 0;
  for (const child of hook.interest.has ?? []) {
    mask |= typeof child === 'string' ? vocabulary.bit(child) : vocabulary.bit(child[0], child[1]);
  }
  return mask;
}
