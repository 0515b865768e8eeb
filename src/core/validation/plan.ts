import { UsageError } from '../errors.ts';
import { knownModel } from '../models/catalog.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** What a model has to keep within. Times are milliseconds. */
export interface Limits {
  /** For a model with all its probes; what it spends waiting for others does not count. */
  timeout: number;
  /** How often a probe that was not passed is put again. */
  retries: number;
  max_ttft?: number | undefined;
  max_latency?: number | undefined;
  min_tokens_per_second?: number | undefined;
}

/** For one model, in milliseconds. */
const DEFAULT_TIMEOUT = 120_000;

export const DEFAULT_LIMITS: Limits = { timeout: DEFAULT_TIMEOUT, retries: 0 };

/** A model to be asked. */
export interface PlannedModel {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
  /** What it is said to be able to. */
  claims: readonly ProbeName[];
  /** The length of the text of `long`, in tokens. */
  long_tokens: number;
  limits: Limits;
}

/** What is said of a model by whoever names it. */
export interface ModelDescription {
  model: string;
  required: boolean;
  probes?: ProbeList | undefined;
  limits?: Partial<Limits> | undefined;
}

export interface ValidationPlan {
  candidates: PlannedModel[];
  /** The columns of the matrix. */
  probes: ProbeName[];
}

/**
 * What is to be asked of whom.
 * @param asked the probes that were named, if any
 * @param limits for every model that has none of its own
 * @throws UsageError when nothing would be asked at all
 */
export function createPlan(
  models: readonly ModelDescription[],
  asked: ProbeList | undefined,
  limits: Partial<Limits>,
): ValidationPlan {
  const candidates = plannedModels(models, asked, limits).map(measurable);
  const wanted = asked && { ...asked, names: [...asked.names, ...candidates.flatMap(needed)] };
  const probes = plannedProbes(
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
function needed({ limits }: PlannedModel): ProbeName[] {
  return limits.min_tokens_per_second === undefined ? [] : ['stream'];
}

function measurable(candidate: PlannedModel): PlannedModel {
  return { ...candidate, claims: [...new Set([...candidate.claims, ...needed(candidate)])] };
}

/** What is said of each model laid over what goes for all. */
export function plannedModels(
  models: readonly ModelDescription[],
  asked: ProbeList | undefined,
  limits: Partial<Limits> = {},
): PlannedModel[] {
  return models.map(({ model, required, probes, limits: own }) => ({
    model,
    required,
    claims: claimsOf(model, probes, asked),
    long_tokens: (probes?.names.includes('long') ? probes : asked)?.long_tokens ?? DEFAULT_LONG,
    limits: { ...DEFAULT_LIMITS, ...limits, ...own },
  }));
}

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
export function plannedProbes(
  claims: readonly (readonly ProbeName[])[],
  asked: ProbeList | undefined,
): ProbeName[] {
  return inOrder(asked?.names ?? claims.flat());
}

function inOrder(names: readonly ProbeName[]): ProbeName[] {
  return PROBE_NAMES.filter((name) => names.includes(name));
}

/** `long=32` asks for a text of 32 thousand tokens. */
const LONG_PATTERN = /^long=([1-9]\d{0,2}|1000)$/;

/** Undefined when one of them is no probe. */
export function parseProbes(texts: readonly string[]): ProbeList | undefined {
  const names: ProbeName[] = [];
  let long_tokens = DEFAULT_LONG;
  for (const text of texts) {
    const [, thousands] = LONG_PATTERN.exec(text) ?? [];
    if (thousands !== undefined) long_tokens = Number(thousands) * 1000;
    const name = thousands === undefined ? PROBE_NAMES.find((known) => known === text) : 'long';
    if (name === undefined) return undefined;
    names.push(name);
  }
  return { names, long_tokens };
}
