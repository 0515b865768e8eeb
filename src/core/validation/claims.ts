import { knownModel } from '../models/catalog.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** How long the text of `long` is when nobody says, in tokens. */
export const DEFAULT_LONG = 8000;

/** Probes that somebody asked for, and how long the text of `long` is to be, in tokens. */
export interface ProbeList {
  names: readonly ProbeName[];
  long_tokens: number;
}

/** What every model that chats can do. */
const BASIC: readonly ProbeName[] = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

/**
 * What a model is said to be able to: by the file that describes it, else by the catalogue, else
 * by whoever names the probes. Of a model nobody says anything about only `chat` is expected. The
 * catalogue's models claim `long` only where somebody asks for it: it costs more than all others.
 */
export function claimsOf(
  model: string,
  described: ProbeList | undefined,
  asked: ProbeList | undefined,
): ProbeName[] {
  if (described !== undefined) return inOrder(described.names);
  const known = knownModel(model);
  if (known === undefined) return inOrder(asked?.names ?? ['chat']);
  const long = asked?.names.includes('long') && known.context > asked.long_tokens * MARGIN;
  return inOrder([...BASIC, ...known.abilities, ...(long ? (['long'] as const) : [])]);
}

/** The question and the answer need room beside the text, whose tokens are an estimate. */
const MARGIN = 1.25;

/** The probes that were asked for, or all that some model claims: the columns of the matrix. */
export function columns(
  claims: readonly (readonly ProbeName[])[],
  asked: ProbeList | undefined,
): ProbeName[] {
  return inOrder(asked?.names ?? claims.flat());
}

function inOrder(names: readonly ProbeName[]): ProbeName[] {
  return PROBE_NAMES.filter((name) => names.includes(name));
}
