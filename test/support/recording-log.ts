import type { Fields, Log } from '@interoffice/telemetry';

/** A log that keeps what it is told. */
export class RecordingLog implements Log {
  readonly events: { readonly name: string; readonly fields: Fields }[] = [];

  debug(): void {
    // Of no interest to tests.
  }
  info(name: string, fields: Fields = {}): void {
    this.events.push({ name, fields });
  }
  warn(name: string, fields: Fields = {}): void {
    this.events.push({ name, fields });
  }
  error(name: string, fields: Fields = {}): void {
    this.events.push({ name, fields });
  }
  with(): Log {
    return this;
  }

  /** How often an event was told. */
  count(name: string): number {
    return this.events.filter((event) => event.name === name).length;
  }
}
