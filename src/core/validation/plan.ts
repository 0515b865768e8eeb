import { UsageError } from '../errors.ts';
import { type Candidate, candidatesOf, type Description } from './select-models.ts';
import { columns, type ProbeList } from './claims.ts';
import type { Limits } from './limits.ts';
import type { ProbeName } from './report.ts';

export interface Plan {
  candidates: Candidate[];
  /** The columns of the matrix. */
  probes: ProbeName[];
}

/**
 * What is to be asked of whom.
 * @param asked the probes that were named, if any
 * @param limits for every model that has none of its own
 * @throws UsageError when nothing would be asked at all
 */
export function planOf(
  models: readonly Description[],
  asked: ProbeList | undefined,
  limits: Partial<Limits>,
): Plan {
  const candidates = candidatesOf(models, asked, limits).map(measurable);
  const wanted = asked && { ...asked, names: [...asked.names, ...candidates.flatMap(needed)] };
  const probes = columns(
    candidates.map(({ claims }) => claims),
    wanted,
  );
  const someone = candidates.some(({ claims }) => claims.some((claim) => probes.includes(claim)));
  if (!someone) {
    throw new UsageError(`No model claims ${probes.join(' or ')}: there is nothing to ask`, {
      code: 'nothing_to_ask',
      hint: 'Say what a model can do in a file: validate-models --init, then --file.',
    });
  }
  return { candidates, probes };
}

/** A short answer does not show how fast a model writes; that of `stream` does. */
function needed({ limits }: Candidate): ProbeName[] {
  return limits.min_tokens_per_second === undefined ? [] : ['stream'];
}

function measurable(candidate: Candidate): Candidate {
  return { ...candidate, claims: [...new Set([...candidate.claims, ...needed(candidate)])] };
}
