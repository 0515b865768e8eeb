import { UsageError } from '../errors.ts';

/** A value and where it came from: `--base-url`, `OPENAI_BASE_URL`, `profile work`, `default`. */
export interface Sourced<T> {
  value: T;
  source: string;
  /** Where other values stood that this one beats, nearest first; absent when there were none. */
  over?: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the layers that holds something, and which others it beats. */
export function first<T>(...layers: (Sourced<T> | undefined)[]): Sourced<T> | undefined {
  const [winner, ...losers] = layers.filter((layer) => layer !== undefined);
  if (winner === undefined || losers.length === 0) return winner;
  const beaten = losers.flatMap(({ source, over = [] }) => [source, ...over]);
  return { ...winner, over: [...(winner.over ?? []), ...beaten] };
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
  return first(
    ...names.map((name) => {
      const value = env[name]?.trim();
      return value ? { value, source: name } : undefined;
    }),
  );
}

export function byDefault<T>(value: T): Sourced<T> {
  return { value, source: 'default' };
}
