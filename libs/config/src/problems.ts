import { Failure } from '@interoffice/telemetry';

/** Everything that is wrong with the settings, gathered so that one start names all of it. */
export class Problems {
  readonly #lines: string[] = [];

  /** Notes a problem at a place. Returns undefined so that a reader can return what it says. */
  note(origin: string, sentence: string): undefined {
    this.#lines.push(`${origin}: ${sentence}`);
    return undefined;
  }

  /** Throws SETTINGS_INVALID with one line per problem, in the order they were met; nothing when there is none. */
  throwIfAny(): void {
    if (this.#lines.length > 0) throw new Failure('SETTINGS_INVALID', this.#lines.join('\n'));
  }
}
