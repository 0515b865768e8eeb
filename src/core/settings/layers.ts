import { UsageError } from '../errors.ts';

/** A value and where it comes from: `--base-url`, `OPENAI_BASE_URL`, `profile work`, `default`. */
export interface Sourced<T> {
  value: T;
  source: string;
  /** The places of weaker values, the strongest first; absent when there are none. */
  over?: readonly string[];
}

/** The environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of the first layer that has one, with the places of the others in `over`. */
export function first<T>(...layers: (Sourced<T> | undefined)[]): Sourced<T> | undefined {
  const [winner, ...losers] = layers.filter((layer) => layer !== undefined);
  if (winner === undefined || losers.length === 0) return winner;
  const beaten = losers.flatMap(({ source, over = [] }) => [source, ...over]);
  return { ...winner, over: [...(winner.over ?? []), ...beaten] };
}

/** The layer of a flag. @throws UsageError `empty_flag` */
export function fromFlag<T>(flag: string, value: T | undefined): Sourced<T> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() === '') {
    throw new UsageError(`${flag} needs a value`, { code: 'empty_flag' });
  }
  return { value, source: flag };
}

/** The layer of the environment: the first of these variables that is set and not blank. */
export function fromEnvironment(env: Environment, ...names: string[]): Sourced<string> | undefined {
  return first(
    ...names.map((name) => {
      const value = env[name]?.trim();
      return value ? { value, source: name } : undefined;
    }),
  );
}

/** The layer of the default. */
export function byDefault<T>(value: T): Sourced<T> {
  return { value, source: 'default' };
}
