import { NS } from '@interoffice/wire';
import { Disk } from './disk.js';
import { Person } from './person.js';
import { DOMAIN, people, ServerProcess } from './process.js';
import { Random } from './random.js';

const AUTHORS = ['romeo', 'mercutio'];
const READERS = [
  ['juliet', 'phone'],
  ['juliet', 'laptop'],
  ['nurse', 'desk'],
] as const;
const PEOPLE = people([...AUTHORS, 'juliet', 'nurse']);
/** A quiet end is reached long before; if not, something waits for ever. */
const MOST_STEPS_TO_REST = 200_000;

/** A device that reads, and everything it got. */
interface Reader {
  readonly person: Person;
  readonly got: { id: string; stanzaId: string }[];
}

/**
 * One history: people write and read while lines are cut, commits end in any order, and the server dies or is restarted.
 * What has been promised is checked the moment it is said; at the end everything comes to rest and is compared.
 */
export class Episode {
  steps = 0;
  readonly faults: string[] = [];
  readonly counts = { said: 0, cuts: 0, crashes: 0, restarts: 0 };
  readonly #random: Random;
  readonly #disk: Disk;
  readonly #accepted = new Set<string>();
  readonly #said = new Map<string, string[]>();
  readonly #readers: Reader[];
  readonly #authors: Person[];
  #now = Date.UTC(2026, 10, 20, 9);
  #server!: ServerProcess;
  #isStarting = false;

  constructor(seed: number, { isHasty = false } = {}) {
    this.#random = new Random(seed);
    this.#disk = new Disk(this.#random, isHasty);
    const broken = (sentence: string): void => void this.faults.push(sentence);
    this.#authors = AUTHORS.map(
      (name) => new Person(name, 'desk', { accepted: (id) => this.#accept(id), received: () => undefined, broken }),
    );
    this.#readers = READERS.map(([name, resource]) => this.#reader(name, resource, broken));
  }

  /** Runs so many steps, then until nothing is left to do; returns what was broken. */
  async run(steps: number): Promise<readonly string[]> {
    await this.#start();
    await this.#settle(() => this.#everybody.every(({ state }) => state === 'up'));
    // Whom nobody has written to has no last message to go on from.
    for (const author of this.#authors) for (const to of ['juliet', 'nurse']) this.#say(author, to);
    await this.#settle(() => this.#isQuiet());
    for (const end = this.steps + steps; this.steps < end;) await this.#step(true);
    await this.#settle(() => this.#isQuiet());
    this.#compare();
    return this.faults;
  }

  get #everybody(): Person[] {
    return [...this.#authors, ...this.#readers.map(({ person }) => person)];
  }

  async #step(withFaults: boolean): Promise<void> {
    this.steps++;
    const roll = this.#random.below(1000);
    if (withFaults && roll < 12) await this.#disturb(roll);
    else if (withFaults && roll < 60)
      this.#say(this.#random.pick(this.#authors), this.#random.pick(['juliet', 'nurse']));
    else await this.#goOn();
    this.#now += this.#random.below(3);
    // The journal fills its batch until the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #disturb(roll: number): Promise<void> {
    if (roll < 9) {
      this.counts.cuts++;
      this.#random.pick(this.#everybody).cut(roll < 6);
    } else if (roll < 11) {
      if (this.#random.below(4) === 0) await this.#crash();
    } else if (this.#random.below(4) === 0) await this.#restart();
  }

  /** Something that can happen happens. */
  async #goOn(): Promise<void> {
    const person = this.#random.pick(this.#everybody);
    const most = this.#random.below(3) === 0 ? 1 + this.#random.below(200) : 1_000_000;
    const possible: (() => void)[] = [];
    if (this.#disk.isWorking)
      possible.push(
        () => this.#disk.step(),
        () => this.#disk.step(),
      );
    if (person.state === 'away') {
      if (!this.#isStarting) possible.push(() => person.connect(this.#server));
    } else {
      if (person.hasBytesUp) possible.push(() => person.moveUp(most));
      if (person.hasBytesDown) possible.push(() => person.moveDown(most));
    }
    const roll = this.#random.below(200);
    if (roll === 0) possible.push(() => this.#server.round());
    if (roll === 1 || roll === 2) possible.push(() => void this.#server.managing.flush());
    if (roll < 20) possible.push(() => person.ask());
    if (roll >= 30 && roll < 36) possible.push(() => person.type('juliet'));
    if (roll > 190) possible.push(() => person.acknowledge());
    if (possible.length > 0) this.#random.pick(possible)();
  }

  async #start(): Promise<void> {
    this.#isStarting = true;
    this.#server = new ServerProcess(this.#disk, { now: () => this.#now }, PEOPLE);
    const started = this.#server.start();
    await this.#while(started);
    this.#isStarting = false;
  }

  async #crash(): Promise<void> {
    this.counts.crashes++;
    this.#server.isDead = true;
    for (const person of this.#everybody) person.cut(false);
    this.#disk.crash();
    await this.#start();
  }

  async #restart(): Promise<void> {
    this.counts.restarts++;
    await this.#while(this.#server.stop());
    for (const person of this.#everybody) person.cut(false);
    await this.#start();
  }

  /** The database works until this is done; lines stand still. */
  async #while(work: Promise<void>): Promise<void> {
    let isDone = false;
    void work.then(() => (isDone = true));
    for (let i = 0; !isDone && i < MOST_STEPS_TO_REST; i++) {
      if (this.#disk.isWorking) this.#disk.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!isDone) throw new Error('the server did not come to an end');
  }

  /** No more faults, until it holds. */
  async #settle(holds: () => boolean): Promise<void> {
    for (let i = 0; !holds(); i++) {
      if (i > MOST_STEPS_TO_REST) return void this.faults.push('it never came to rest');
      await this.#step(false);
      if (i % 50 !== 49) continue;
      void this.#server.managing.flush();
      for (const person of this.#everybody) person.ask();
    }
  }

  #isQuiet(): boolean {
    if (this.#disk.isWorking || this.#everybody.some((person) => person.state !== 'up' || person.queue.length > 0))
      return false;
    if (this.#everybody.some((person) => person.hasBytesUp || person.hasBytesDown)) return false;
    return this.#readers.every(({ got, person }) => got.length >= (this.#said.get(person.jid.local!)?.length ?? 0));
  }

  #say(author: Person, to: string): void {
    const said = this.#said.get(to) ?? [];
    this.#said.set(to, said);
    const id = `${author.jid.local}-${to}-${this.counts.said++}`;
    said.push(id);
    const origin = `<origin-id xmlns='${NS.sid}' id='${id}'/>`;
    author.say(id, `<message to='${to}@${DOMAIN}' type='chat' id='${id}'><body>${id}</body>${origin}</message>`);
  }

  #reader(name: string, resource: string, broken: (sentence: string) => void): Reader {
    const got: Reader['got'] = [];
    const received = (message: { id: string; stanzaId: string; how: string }): void => {
      if (!this.#disk.journal.rows.some(({ id }) => id === message.stanzaId))
        broken(`${message.id} came to ${name} before it was durable`);
      if (got.some(({ id }) => id === message.id))
        broken(`${message.id} came twice to ${name}/${resource}, now ${message.how}`);
      got.push(message);
    };
    return { person: new Person(name, resource, { accepted: () => undefined, received, broken }), got };
  }

  /** `h` covers what is durable and nothing else. XEP-0198 §4 */
  #accept(id: string): void {
    this.#accepted.add(id);
    if (!this.#disk.journal.rows.some(({ originId }) => originId === id))
      this.faults.push(`${id} was acknowledged before it was durable`);
  }

  #compare(): void {
    const rows = new Map<string, number>();
    for (const { originId } of this.#disk.journal.rows) rows.set(originId!, (rows.get(originId!) ?? 0) + 1);
    for (const id of this.#accepted) if (!rows.has(id)) this.faults.push(`${id} was acknowledged and is lost`);
    for (const [id, n] of rows) if (n > 1) this.faults.push(`${id} was recorded ${n} times`);
    for (const { person, got } of this.#readers) {
      const said = this.#said.get(person.jid.local!) ?? [];
      const ids = new Set(got.map(({ id }) => id));
      for (const id of said)
        if (!ids.has(id)) this.faults.push(`${id} never came to ${person.jid.local}/${person.resource}`);
      this.#compareOrder(
        person,
        got.map(({ id }) => id),
      );
    }
  }

  /** Of one author, in the order in which they were said. */
  #compareOrder(person: Person, ids: readonly string[]): void {
    for (const author of AUTHORS) {
      const numbers = ids.filter((id) => id.startsWith(`${author}-`)).map((id) => Number(id.split('-')[2]));
      const first = numbers.findIndex((number, i) => i > 0 && number < numbers[i - 1]!);
      if (first >= 0)
        this.faults.push(
          `${author}'s ${numbers[first]} came behind ${numbers[first - 1]} to ${person.jid.local}/${person.resource}`,
        );
    }
  }
}
