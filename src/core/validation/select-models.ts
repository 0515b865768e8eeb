import { UsageError } from '../errors.ts';
import { catalog, knownModel } from '../models/catalog.ts';
import { claimsOf, DEFAULT_LONG, type ProbeList } from './claims.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { ProbeName } from './report.ts';

/** A model to be asked. */
export interface Candidate {
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
export interface Description {
  model: string;
  required: boolean;
  probes?: ProbeList | undefined;
  limits?: Partial<Limits> | undefined;
}

/** Where the models come from. At most one of `live` and `described` chooses them. */
export interface Choice {
  /** Ids and globs; what they name is required. */
  patterns: readonly string[];
  /** All that the endpoint lists, where that was asked for or a glob needs it. */
  listed?: readonly string[] | undefined;
  /** Ask all that are listed. */
  live?: boolean | undefined;
  /** The models of a file; patterns choose among them. */
  described?: readonly Description[] | undefined;
}

/**
 * The models to be asked, each once: those of the file, those that are listed, those that are
 * named, or else the whole catalogue.
 * @throws UsageError for a pattern that nothing matches
 */
export function chooseModels(choice: Choice): Description[] {
  const { patterns, listed = [], live, described } = choice;
  if (described !== undefined) return chooseAmong(described, patterns);
  if (patterns.length === 0 && live !== true) {
    return catalog.map(({ id, expected }) => ({ model: id, required: expected }));
  }
  const chosen = new Map<string, boolean>();
  for (const model of live === true ? listed : []) chosen.set(model, true);
  for (const pattern of patterns) {
    if (!isGlob(pattern)) {
      chosen.set(pattern, true);
      continue;
    }
    const known = catalog.map(({ id }) => id).filter((id) => !listed.includes(id));
    const matches = [...listed, ...known].filter((id) => globMatches(pattern, id));
    if (matches.length === 0) throw noMatch(pattern);
    for (const id of matches) {
      // What may be unavailable and is not listed was hardly meant.
      const required = listed.includes(id) || knownModel(id)?.expected === true;
      chosen.set(id, required || chosen.get(id) === true);
    }
  }
  return [...chosen].map(([model, required]) => ({ model, required }));
}

function chooseAmong(described: readonly Description[], patterns: readonly string[]) {
  if (patterns.length === 0) return [...described];
  for (const pattern of patterns) {
    if (!described.some(({ model }) => globMatches(pattern, model))) throw noMatch(pattern);
  }
  return described.filter(({ model }) => patterns.some((pattern) => globMatches(pattern, model)));
}

/** What is said of each model laid over what goes for all. */
export function candidatesOf(
  models: readonly Description[],
  asked: ProbeList | undefined,
  limits: Partial<Limits> = {},
): Candidate[] {
  return models.map(({ model, required, probes, limits: own }) => ({
    model,
    required,
    claims: claimsOf(model, probes, asked),
    long_tokens: (probes?.names.includes('long') ? probes : asked)?.long_tokens ?? DEFAULT_LONG,
    limits: { ...DEFAULT_LIMITS, ...limits, ...own },
  }));
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** `*` stands for any characters, `?` for one; an id stands for itself. */
export function globMatches(pattern: string, id: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(id);
}

function noMatch(pattern: string): UsageError {
  return new UsageError(`No model matches "${pattern}"`, {
    code: 'no_such_model',
    hint: 'See what there is: qwen-demo list-models',
  });
}
