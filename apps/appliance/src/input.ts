import { Failure } from '@interoffice/telemetry';
import { type Jid, tryJid } from '@interoffice/wire';

type Input = Readonly<Record<string, unknown>>;

function malformed(name: string, wanted: string): Failure {
  return new Failure('MALFORMED_REQUEST', `"${name}" should be ${wanted}.`);
}

/** Reads the JSON that came through the control socket; every getter throws MALFORMED_REQUEST and names the field. */
export const read = {
  text(input: Input, name: string): string {
    const value = input[name];
    if (typeof value !== 'string' || value === '') throw malformed(name, 'a text');
    return value;
  },

  optionalText(input: Input, name: string): string | undefined {
    return input[name] === undefined || input[name] === null ? undefined : read.text(input, name);
  },

  optionalTime(input: Input, name: string): number | undefined {
    const text = read.optionalText(input, name);
    if (text === undefined) return undefined;
    const at = Date.parse(text);
    if (Number.isNaN(at)) throw malformed(name, 'a time');
    return at;
  },

  whole(input: Input, name: string): number {
    const value = input[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
      throw malformed(name, 'a positive whole number');
    return value;
  },

  object(input: Input, name: string): Input {
    const value = input[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(name, 'an object');
    return value as Input;
  },

  list(input: Input, name: string): readonly Input[] {
    const value = input[name];
    if (!Array.isArray(value)) throw malformed(name, 'a list');
    return value as Input[];
  },

  /** A bare JID. */
  account(input: Input, name: string): Jid {
    const jid = tryJid(read.text(input, name));
    if (jid?.local === undefined || !jid.isBare)
      throw malformed(name, 'the address of an account, such as anna@corp.example');
    return jid;
  },
};
