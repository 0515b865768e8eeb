import { parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/errors.ts';
import { type Limits, parseProbes, type ProbeList } from '../../core/validation/plan.ts';
import { PROBE_NAMES } from '../../core/validation/report.ts';
import { DEFAULT_CONCURRENCY } from '../../core/validation/run.ts';
import type { ConnectionOptions } from '../options.ts';
import type { ReportFlags } from './report-flags.ts';

export interface ValidateModelsFlags extends ConnectionOptions, ReportFlags {
  model?: string[];
  live?: boolean;
  file?: string;
  init?: string | true;
  probe?: string[];
  concurrency?: string;
  deadline?: string;
  retries?: string;
  maxTtft?: string;
  maxLatency?: string;
  minTokensPerSecond?: string;
  maxTokensSpent?: string;
  failFast?: boolean;
  repeat?: string;
}

const MOST_AT_ONCE = 256;
const MOST_RETRIES = 10;
const MOST_REPEATS = 1000;

/** What the flags say about the run, as plain data. Times are milliseconds. */
export interface RunSettings {
  concurrency: number;
  repeat: number;
  deadline: number | undefined;
  max_tokens_spent: number | undefined;
  fail_fast: boolean;
  /** For every model that has none of its own. */
  limits: Partial<Limits>;
  /** The probes that were named, if any. */
  asked: ProbeList | undefined;
}

/** @throws UsageError for a flag that cannot be understood or is out of range */
export function parseRunFlags(flags: ValidateModelsFlags): RunSettings {
  const whole = (name: string, text: string | undefined, least: number, most: number) =>
    text === undefined ? undefined : wholeNumber(name, text, least, most);
  return {
    concurrency: whole('--concurrency', flags.concurrency, 1, MOST_AT_ONCE) ?? DEFAULT_CONCURRENCY,
    repeat: whole('--repeat', flags.repeat, 1, MOST_REPEATS) ?? 1,
    deadline: duration('--deadline', flags.deadline),
    max_tokens_spent: whole('--max-tokens-spent', flags.maxTokensSpent, 1, 1e9),
    fail_fast: flags.failFast === true,
    limits: withoutUndefined({
      timeout: duration('--timeout', flags.timeout),
      retries: whole('--retries', flags.retries, 0, MOST_RETRIES),
      max_ttft: duration('--max-ttft', flags.maxTtft),
      max_latency: duration('--max-latency', flags.maxLatency),
      min_tokens_per_second: rate(flags.minTokensPerSecond),
    }),
    asked: probeList(flags.probe),
  };
}

/** Lists that are repeated or separated by commas. */
export function parseList(flag: string, texts: readonly string[] = []): string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (names.includes('')) throw new UsageError(`${flag} needs a value`, { code: 'empty_flag' });
  return [...new Set(names)];
}

function probeList(texts: readonly string[] | undefined): ProbeList | undefined {
  if (texts === undefined) return undefined;
  const names = parseList('--probe', texts);
  const list = parseProbes(names);
  if (list !== undefined) return list;
  const unknown = names.find((name) => parseProbes([name]) === undefined) ?? '';
  throw new UsageError(`--probe ${unknown}: there is no such probe`, {
    code: 'unknown_probe',
    hint: `One of ${PROBE_NAMES.join(', ')}; long=32 takes a text of 32 thousand tokens (1 to 1000).`,
  });
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${flag} ${text} is not a whole number from ${least} to ${most}`, {
    code: `invalid_${nameOf(flag)}`,
  });
}

function rate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,7}(\.\d+)?$/.test(text.trim()) ? Number(text) : 0;
  if (number > 0) return number;
  throw new UsageError(`--min-tokens-per-second ${text} is not a number greater than 0`, {
    code: 'invalid_min_tokens_per_second',
  });
}

function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, hint } = error;
    throw new UsageError(`${flag}: ${error.message}`, { code, ...(hint && { hint }) });
  }
}

function nameOf(flag: string): string {
  return flag.replace(/^--/, '').replaceAll('-', '_');
}

function withoutUndefined(limits: {
  [Name in keyof Limits]: Limits[Name] | undefined;
}): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
