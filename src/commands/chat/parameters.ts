import { responseFormat } from '../../core/chat/answer-schema.ts';
import type { Schema } from '../../core/chat/json-schema.ts';
import { UsageError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';

/** The flags that become fields of the request, as commander hands them over. */
export interface ParameterFlags {
  temperature?: string;
  topP?: string;
  maxTokens?: string;
  seed?: string;
  stop?: string[];
  enableThinking?: boolean;
  /** False for `--no-thinking`, else true. */
  thinking?: boolean;
  thinkingBudget?: string;
  extraBody?: string;
}

interface Range {
  flag: string;
  words: string;
  holds(value: number): boolean;
}

const positive = (flag: string): Range => ({
  flag,
  words: 'a whole number from 1',
  holds: (value) => Number.isSafeInteger(value) && value >= 1,
});

const TEMPERATURE: Range = {
  flag: '--temperature',
  words: 'a number from 0 to 2',
  holds: (value) => value >= 0 && value <= 2,
};
const TOP_P: Range = {
  flag: '--top-p',
  words: 'a number above 0, up to 1',
  holds: (value) => value > 0 && value <= 1,
};
const SEED: Range = {
  flag: '--seed',
  words: 'a whole number from 0',
  holds: (value) => Number.isSafeInteger(value) && value >= 0,
};

/** What has a meaning for the program itself. */
const RESERVED = ['model', 'messages', 'stream'];
/** More are refused by every service. */
const STOPS = 16;

/**
 * The fields of the request that the flags ask for; `--extra-body` has the last word.
 * @throws UsageError for a value out of its range, and for flags that contradict each other
 */
export function parametersOf(flags: ParameterFlags, schema?: Schema): Record<string, unknown> {
  const fields = {
    temperature: numberOf(flags.temperature, TEMPERATURE),
    top_p: numberOf(flags.topP, TOP_P),
    max_tokens: numberOf(flags.maxTokens, positive('--max-tokens')),
    seed: numberOf(flags.seed, SEED),
    stop: stopsOf(flags.stop),
    ...thinkingOf(flags),
    response_format: schema && responseFormat(schema),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...extraBody(flags.extraBody) };
}

function numberOf(text: string | undefined, range: Range): number | undefined {
  if (text === undefined) return undefined;
  // No hexadecimal, no blanks, no infinity: what a person writes.
  const value = /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (range.holds(value)) return value;
  throw invalid(`${range.flag} must be ${range.words}, not "${text}"`);
}

function stopsOf(stops: string[] | undefined): string[] | undefined {
  if (stops === undefined) return undefined;
  if (stops.includes('')) throw invalid('--stop must not be empty');
  if (stops.length > STOPS) throw invalid(`--stop can be given ${STOPS} times at most`);
  return stops;
}

/** A budget is for thinking, and without `enable_thinking` most services leave it unread. */
function thinkingOf({ enableThinking, thinking, thinkingBudget }: ParameterFlags) {
  const thinking_budget = numberOf(thinkingBudget, positive('--thinking-budget'));
  const wanted = enableThinking === true || thinking_budget !== undefined;
  if (thinking !== false) return wanted ? { enable_thinking: true, thinking_budget } : {};
  if (wanted) {
    const flag = enableThinking === true ? '--enable-thinking' : '--thinking-budget';
    throw invalid(`--no-thinking and ${flag} contradict each other`);
  }
  return { enable_thinking: false };
}

function extraBody(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  const body = objectOf(text);
  if (body === undefined) throw invalid('--extra-body must be a JSON object');
  const reserved = RESERVED.find((name) => Object.hasOwn(body, name));
  if (reserved === undefined) return body;
  throw invalid(`--extra-body must not hold "${reserved}": there is a flag for it`);
}

/** @returns undefined for what is no JSON object */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseJson(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: 'invalid_parameter' });
}
