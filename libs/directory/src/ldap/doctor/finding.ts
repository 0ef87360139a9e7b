import { describeError, Failure } from '@interoffice/telemetry';

/** What the doctor found out about one thing. */
export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly detail: string;
  /** What to do about it; nothing where all is well. */
  readonly remedy?: string;
}

/** One thing to be looked at. It may reject: that is a finding too. */
export interface Step {
  readonly name: string;
  /** What to do when it fails. */
  readonly remedy: string;
  look(): Promise<Omit<Finding, 'name'>>;
}

/** No step takes longer, whatever the directory does. */
export const LONGEST_STEP_MS = 20_000;

export const good = (detail: string): Omit<Finding, 'name'> => ({ state: 'good', detail });
export const warning = (detail: string, remedy: string): Omit<Finding, 'name'> => ({
  state: 'warning',
  detail,
  remedy,
});
export const bad = (detail: string, remedy: string): Omit<Finding, 'name'> => ({ state: 'bad', detail, remedy });

/** Takes one step; never rejects and never lasts. What is abandoned ends by the time limits of its own connection. */
export async function taken({ name, remedy, look }: Step): Promise<Finding> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Failure('DIRECTORY_EXAMINATION_SLOW', `nothing after ${LONGEST_STEP_MS / 1000} s`)),
    LONGEST_STEP_MS,
  );
  try {
    return { name, ...(await Promise.race([look(), late.promise])) };
  } catch (error) {
    return { name, ...bad(describeError(error), remedy) };
  } finally {
    clearTimeout(timer);
  }
}
