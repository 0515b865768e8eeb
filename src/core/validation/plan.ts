import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import type { SelfDescription } from '../models/self-description.ts';
import {
  claimsOf,
  DEFAULT_LONG,
  inOrder,
  longTokens,
  type ProbeList,
  windowOf,
  withErrors,
  withOwn,
} from './claims.ts';
import { isStreamOnly } from '../qwen/stream-only.ts';
import type { Dialect } from './dialect.ts';
import type { FigureLimits } from './limits.ts';
import type { OwnProbe } from './own-probe.ts';
import { PROBES } from './probes/all.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** The limits of one model. Times are milliseconds. */
export interface Limits extends FigureLimits {
  /** For all probes of the model together; waits for other models do not count. */
  timeout: number;
  /** How often a probe that does not pass is repeated. */
  retries: number;
}

/** For one model, in milliseconds. */
const DEFAULT_TIMEOUT = 120_000;

/** The limits of a model without limits of its own: 120 s for all its probes, no retries. */
export const DEFAULT_LIMITS: Limits = { timeout: DEFAULT_TIMEOUT, retries: 0 };

/** A model of the plan. */
export interface PlannedModel {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
  /** The probes that it runs. */
  claims: readonly ProbeName[];
  /** Those of them that it has to be able to do: it claims the ability, or the probe was named. */
  demanded: readonly ProbeName[];
  /** Those that ask all their questions, in both modes. The others ask as little as possible. */
  full: readonly ProbeName[];
  /** Those that it could run, but that the short run has no requests for. */
  left_out: readonly ProbeName[];
  /** Those that it passed in the baseline and does not claim any more. */
  missing: readonly ProbeName[];
  /** The length of the text in the probe `long`, in tokens. */
  long_tokens: number;
  /** The context window in tokens, as far as the endpoint or the catalogue says. */
  window: number | undefined;
  limits: Limits;
  dialect: Dialect;
  /** Other ids and globs that the server may give the model in its answers. */
  served_as: readonly string[];
  /** The questions of the probe `own`. */
  own: readonly OwnProbe[];
}

/** A model as the command line, the file, the list or the catalogue names it. */
export interface ModelDescription {
  model: string;
  required: boolean;
  probes?: ProbeList | undefined;
  limits?: Partial<Limits> | undefined;
  dialect?: Dialect | undefined;
  served_as?: readonly string[] | undefined;
  own?: readonly OwnProbe[] | undefined;
  /** Tokens that it holds, by the file. */
  context?: number | undefined;
  /** What the endpoint says of it, if its list was read. */
  said?: SelfDescription | undefined;
}

/** The models of a run with their probes and limits. */
export interface ValidationPlan {
  candidates: PlannedModel[];
  /** The probes of the run: the columns of the matrix. */
  probes: ProbeName[];
}

/**
 * Decides which model runs which probes, within which limits.
 * @param asked the probes of the command line, if any
 * @param limits for every model without limits of its own
 * @param deep whether all probes ask all their questions
 * @throws UsageError `nothing_to_ask` when no model would run a probe and none is required: a required
 *   one gets the verdict `not_asked`
 */
export function createPlan(
  models: readonly ModelDescription[],
  asked: ProbeList | undefined,
  limits: Partial<Limits>,
  deep = false,
): ValidationPlan {
  const candidates = plannedModels(models, asked, limits, deep).map(measurable);
  const wanted = asked && { ...asked, names: [...asked.names, ...candidates.flatMap(needed)] };
  const probes = plannedProbes(
    candidates.map(({ claims }) => claims),
    wanted,
  );
  const someone = candidates.some(({ claims }) => claims.some((claim) => probes.includes(claim)));
  // A shard may have no models.
  if (!someone && models.length > 0 && !models.some(({ required }) => required)) {
    throw new UsageError(`No model claims ${probes.join(' or ')}: there is nothing to ask`, {
      code: 'nothing_to_ask',
      hint: 'Say what a model can do in a file: validate-models --init, then --file.',
    });
  }
  return { candidates, probes };
}

/** The rate of tokens needs the longer answer of `stream`, unless the limit is for other probes. */
function needed({ limits }: PlannedModel): ProbeName[] {
  const bounds = limits.min_tokens_per_second ?? [];
  return bounds.some(({ probe = 'stream' }) => probe === 'stream') ? ['stream'] : [];
}

function measurable(candidate: PlannedModel): PlannedModel {
  return { ...candidate, claims: [...new Set([...candidate.claims, ...needed(candidate)])] };
}

/** Fills in what a model does not define itself from the settings for all models. */
export function plannedModels(
  models: readonly ModelDescription[],
  asked: ProbeList | undefined,
  limits: Partial<Limits> = {},
  deep = false,
): PlannedModel[] {
  return models.map((description) => {
    const { model, required, probes, limits: ofModel } = description;
    const { served_as = [], own = [] } = description;
    const dialect = { ...(isStreamOnly(model) && { stream_only: true }), ...description.dialect };
    const errors = deep || asked?.names.includes('errors') === true;
    const claimed = withOwn(claimsOf(description, asked, deep), own);
    const able = ableIn(dialect, withErrors(claimed, errors));
    const named = [...(probes?.names ?? []), ...(asked?.names ?? [])];
    const claims = named.length > 0 || deep ? able : shortRun(able);
    return {
      model,
      required,
      claims,
      demanded: claims.filter((name) => named.includes(name) || !UNCLAIMED.has(name)),
      full: deep ? claims : claims.filter((name) => asked?.names.includes(name)),
      left_out: able.filter((name) => !claims.includes(name)),
      missing: [],
      long_tokens: longTokens(description, asked) ?? DEFAULT_LONG,
      window: windowOf(description),
      limits: { ...DEFAULT_LIMITS, ...limits, ...ofModel },
      dialect,
      served_as,
      own,
    };
  });
}

/** A model whose system texts are left out cannot follow one. */
function ableIn({ system_role }: Dialect, able: readonly ProbeName[]): ProbeName[] {
  return able.filter((name) => name !== 'system' || system_role !== 'none');
}

/** Probes of what every model is expected to do, although no list says so. */
const UNCLAIMED: ReadonlySet<ProbeName> = new Set(['system', 'stop', 'max-tokens']);

/** Requests of the short run for one model. */
const SHORT_REQUESTS = 8;

/** What the short run leaves out last comes first. */
const SHORT_ORDER: readonly ProbeName[] = [
  'chat',
  'stream',
  'json',
  'tools',
  'vision',
  'reasoning',
  'system',
  'max-tokens',
  'stop',
  'embeddings',
  'own',
];

/** The probes of a model that fit into the short run. */
function shortRun(able: readonly ProbeName[]): ProbeName[] {
  let requests = 0;
  const fitting = SHORT_ORDER.filter((name) => able.includes(name)).filter((name) => {
    requests += PROBES[name].short_requests;
    return requests <= SHORT_REQUESTS;
  });
  return inOrder(fitting);
}

/** The probes of the command line, or all that some model claims. */
export function plannedProbes(
  claims: readonly (readonly ProbeName[])[],
  asked: ProbeList | undefined,
): ProbeName[] {
  return inOrder(asked?.names ?? claims.flat());
}

/** `long=32` is a text of 32,000 tokens; 1 to 1000 are allowed. `long=window` fills the window. */
const LONG_PATTERN = /^long=([1-9]\d{0,2}|1000|window)$/;

/** Parses names such as `chat` and `long=32`; undefined when one of them is not a probe. */
export function parseProbes(texts: readonly string[]): ProbeList | undefined {
  const names: ProbeName[] = [];
  let long_tokens: ProbeList['long_tokens'];
  for (const text of texts) {
    const [, length] = LONG_PATTERN.exec(text) ?? [];
    if (length !== undefined) long_tokens = length === 'window' ? length : Number(length) * 1000;
    const name = length === undefined ? PROBE_NAMES.find((known) => known === text) : 'long';
    if (name === undefined) return undefined;
    names.push(name);
  }
  return { names, ...given({ long_tokens }) };
}
