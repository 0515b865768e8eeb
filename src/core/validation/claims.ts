import { purposeOf } from '../models/kind.ts';
import type { SelfDescription } from '../models/self-description.ts';
import { knownModel } from '../qwen/known-models.ts';
import { ABILITIES } from '../qwen/models.ts';
import type { OwnProbe } from './own-probe.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** Probes from the command line or a file, and the length of the text in `long`, in tokens. */
export interface ProbeList {
  names: readonly ProbeName[];
  long_tokens: number;
}

/** What every chat model can do. */
const BASIC: readonly ProbeName[] = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

/**
 * The probes that a model claims: by the file, else by what the endpoint and the catalog say of its
 * abilities, else by the command line; `chat` alone if none of them names any, and `embeddings` alone
 * for a model that is made for them. A model claims `long`
 * only if the command line asks for it, because `long` costs more tokens than all other probes
 * together, and only if the text fits into its context.
 */
export function claimsOf(
  model: string,
  described: ProbeList | undefined,
  asked: ProbeList | undefined,
  said?: SelfDescription,
): ProbeName[] {
  if (described !== undefined) return inOrder(described.names);
  const known = knownModel(model);
  if (purposeOf({ id: model, known, said }) === 'embeddings') return ['embeddings'];
  const signs = said?.abilities ?? {};
  const context = said?.context ?? known?.context;
  const fits = (tokens: number) => context === undefined || context > tokens * MARGIN;
  const long = asked?.names.includes('long') === true && fits(asked.long_tokens);
  if (known === undefined && Object.keys(signs).length === 0) {
    const names = asked?.names ?? ['chat'];
    return inOrder(long ? names : names.filter((name) => name !== 'long'));
  }
  const able = ABILITIES.filter((ability) => signs[ability] ?? known?.abilities.includes(ability));
  return inOrder([...BASIC, ...able, ...(long ? (['long'] as const) : [])]);
}

/** Space for the question and the answer; the tokens of the text are an estimate. */
const MARGIN = 1.25;

/** A model with questions of its own is asked them, unless the command line names other probes. */
export function withOwn(claims: readonly ProbeName[], own: readonly OwnProbe[]): ProbeName[] {
  const others = claims.filter((name) => name !== 'own');
  return own.length > 0 ? [...others, 'own'] : others;
}

/** In the order in which they run, each once. */
export function inOrder(names: readonly ProbeName[]): ProbeName[] {
  return PROBE_NAMES.filter((name) => names.includes(name));
}
