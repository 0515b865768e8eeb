import { UsageError } from '../errors.ts';

/** A value and where it comes from. */
export interface Sourced<T> {
  value: T;
  /** The exact place, for the user: `--base-url`, `OPENAI_BASE_URL`, `profile work`, `default`. */
  source: string;
  /** The kind of the place. `stored`: the stored login or API key. */
  layer: 'flag' | 'environment' | 'profile' | 'stored' | 'default';
  /** The sources of weaker values, the strongest first; absent when there are none. */
  overrides?: readonly string[];
  /** Of an API base URL: the address that the user named, when it is that of another API of the server. */
  other_api?: string;
}

/** The environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The first value that is given, with the sources of the others in `overrides`.
 * @param values the strongest layer first
 */
export function strongest<T>(...values: (Sourced<T> | undefined)[]): Sourced<T> | undefined {
  const [winner, ...losers] = values.filter((value) => value !== undefined);
  if (winner === undefined || losers.length === 0) return winner;
  const overridden = losers.flatMap(({ source, overrides = [] }) => [source, ...overrides]);
  return { ...winner, overrides: [...(winner.overrides ?? []), ...overridden] };
}

/** The layer of a flag. @throws UsageError `empty_flag` */
export function fromFlag<T>(flag: string, value: T | undefined): Sourced<T> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() === '') {
    throw new UsageError(`${flag} needs a value`, { code: 'empty_flag' });
  }
  return { value, source: flag, layer: 'flag' };
}

/** The layer of the environment: the first of these variables that is set and not blank. */
export function fromEnvironment(env: Environment, ...names: string[]): Sourced<string> | undefined {
  return strongest(
    ...names.map((name) => {
      const value = env[name]?.trim();
      return value ? ({ value, source: name, layer: 'environment' } as const) : undefined;
    }),
  );
}

/**
 * Refuses a value in quotation marks, which `docker run --env-file` and others do not remove.
 * @throws UsageError `quoted_value`, whose message does not repeat the value
 */
export function requireUnquoted<T>(found: Sourced<T>, place = found.source): Sourced<T> {
  const { value } = found;
  if (typeof value !== 'string' || !/^(["'`]).*\1$|^[“‘«].*[”’»]$/s.test(value)) return found;
  throw new UsageError(`${place} has quotation marks around its value, which are a part of it`, {
    code: 'quoted_value',
    hint: 'Write the value without them. In a file for docker run --env-file nothing is quoted.',
  });
}

/** The layer of the default. */
export function byDefault<T>(value: T): Sourced<T> {
  return { value, source: 'default', layer: 'default' };
}

/** How the user makes a setting of a flag, a variable or a profile not apply, for a hint. */
export function howToLeaveOut({ source, layer }: Sourced<unknown>): string {
  if (layer === 'flag') return `leave out ${source}`;
  return layer === 'environment'
    ? `unset ${source}`
    : `remove the setting from ${source} in config.json`;
}
