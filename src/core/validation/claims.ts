import { purposeOf } from '../models/kind.ts';
import type { SelfDescription } from '../models/self-description.ts';
import { knownContext, knownModel } from '../qwen/known-models.ts';
import { ABILITIES } from '../qwen/models.ts';
import type { OwnProbe } from './own-probe.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** Probes from the command line or a file, and the length of the text in `long`, in tokens. */
export interface ProbeList {
  names: readonly ProbeName[];
  /** `window`: as much as the model claims to hold. Undefined: {@link DEFAULT_LONG}, or what fits. */
  long_tokens?: number | 'window' | undefined;
}

/** Default length of the text in the probe `long`, in tokens. */
export const DEFAULT_LONG = 8000;

/** What is known of a model before it is asked. */
export interface ClaimSource {
  model: string;
  /** By the file. */
  probes?: ProbeList | undefined;
  /** What the endpoint says of it, if its list was read. */
  said?: SelfDescription | undefined;
  /** Tokens that it holds, by the file. */
  context?: number | undefined;
}

/** Tokens that the model claims to hold: by the endpoint, else by the catalogue. */
export function windowOf({ model, said, context }: ClaimSource): number | undefined {
  return context ?? said?.context ?? knownContext(model);
}

/**
 * The length of the text in the probe `long`, in tokens; undefined when it does not fit into the window
 * that the model claims, or when no window is claimed that it could fill.
 */
export function longTokens(source: ClaimSource, asked: ProbeList | undefined): number | undefined {
  const list = source.probes?.names.includes('long') === true ? source.probes : asked;
  const length = list?.long_tokens;
  const window = windowOf(source);
  if (window === undefined) return length === 'window' ? undefined : (length ?? DEFAULT_LONG);
  const most = Math.floor(window / MARGIN);
  if (length === 'window') return most;
  return length === undefined ? Math.min(DEFAULT_LONG, most) : length <= most ? length : undefined;
}

/** What every chat model can do. */
const BASIC: readonly ProbeName[] = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

/**
 * The probes that a model claims: by the file, else by what the endpoint and the catalogue say of its
 * abilities, else by the command line; `chat` alone if none of them names any, and `embeddings` alone
 * for a model that is made for them. A model claims `long` only if the command line asks for it or for
 * everything, because `long` costs more tokens than all other probes together, and only if the text fits
 * into its window.
 */
export function claimsOf(
  source: ClaimSource,
  asked: ProbeList | undefined,
  deep = false,
): ProbeName[] {
  const { model, probes: described, said } = source;
  if (described !== undefined) return inOrder(described.names);
  const known = knownModel(model);
  if (purposeOf({ id: model, known, said }) === 'embeddings') return ['embeddings'];
  const signs = said?.abilities ?? {};
  const wanted = asked === undefined ? deep : asked.names.includes('long');
  const long = wanted && longTokens(source, asked) !== undefined ? (['long'] as const) : [];
  if (known === undefined && Object.keys(signs).length === 0) {
    const names = (asked?.names ?? ['chat']).filter((name) => name !== 'long');
    return inOrder([...names, ...long]);
  }
  const able = ABILITIES.filter((ability) => signs[ability] ?? known?.abilities.includes(ability));
  return inOrder([...BASIC, ...able, ...long]);
}

/** Times the text: space for the question and the answer. The tokens of the text are an estimate. */
const MARGIN = 1.25;

/** A model with questions of its own is asked them, unless the command line names other probes. */
export function withOwn(claims: readonly ProbeName[], own: readonly OwnProbe[]): ProbeName[] {
  const others = claims.filter((name) => name !== 'own');
  return own.length > 0 ? [...others, 'own'] : others;
}

/**
 * Every chat model can be tested for its errors; that costs no tokens where the server is right, but
 * it sends requests that are wrong on purpose.
 */
export function withErrors(claims: readonly ProbeName[], wanted: boolean): ProbeName[] {
  const chats = claims.some((name) => name !== 'embeddings');
  return inOrder(wanted && chats ? [...claims, 'errors'] : claims);
}

/** In the order in which they run, each once. */
export function inOrder(names: readonly ProbeName[]): ProbeName[] {
  return PROBE_NAMES.filter((name) => names.includes(name));
}
