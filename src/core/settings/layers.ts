import { UsageError } from '../errors.ts';

/** A value and where it came from: `--base-url`, `OPENAI_BASE_URL`, `profile work`, `default`. */
export interface Sourced<T> {
  value: T;
  source: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the layers that holds something; an empty string counts as nothing. */
export function first<T>(...layers: (Sourced<T> | undefined)[]): Sourced<T> | undefined {
  return layers.find((layer) => layer !== undefined);
}

/** @throws UsageError for a flag that was given an empty value */
export function fromFlag(flag: string, value: string | undefined): Sourced<string> | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '') {
    throw new UsageError(`${flag} needs a value`, { code: 'empty_flag' });
  }
  return { value, source: flag };
}

/** The first of the variables that is set and not blank. */
export function fromEnvironment(env: Environment, ...names: string[]): Sourced<string> | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value) return { value, source: name };
  }
  return undefined;
}

export function byDefault<T>(value: T): Sourced<T> {
  return { value, source: 'default' };
}
