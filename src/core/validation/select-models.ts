import { UsageError } from '../errors.ts';
import type { KnownModel } from '../qwen/models.ts';
import { knownModel } from '../qwen/known-models.ts';
import type { ModelDescription } from './plan.ts';

/** Where the models of a run come from. At most one of `live` and `described` is set. */
export interface ModelSelection {
  /**
   * Ids and globs. The models that they name are required. Those behind `!` are left out; patterns of
   * this form alone leave the others.
   */
  patterns: readonly string[];
  /** The models that are known at the endpoint without a list. */
  known: readonly KnownModel[];
  /** The models that the endpoint lists, if the list was fetched. */
  listed?: readonly string[] | undefined;
  /** Test all listed models. */
  live?: boolean | undefined;
  /** The models of a file; patterns select some of them. */
  described?: readonly ModelDescription[] | undefined;
}

/**
 * The models to test, each once: those of the file, the listed ones, the named ones, or else the
 * known ones.
 * @throws UsageError `no_such_model` for a pattern without a match
 */
export function selectModels(choice: ModelSelection): ModelDescription[] {
  const { described } = choice;
  const patterns = choice.patterns.filter((pattern) => !isExclusion(pattern));
  const excluded = choice.patterns.filter(isExclusion).map((pattern) => pattern.slice(1));
  const chosen =
    described === undefined
      ? selectNamed({ ...choice, patterns }, excluded.length > 0)
      : selectDescribed(described, patterns);
  const kept = chosen.filter(({ model }) => !excluded.some((glob) => globMatches(glob, model)));
  if (kept.length > 0 || chosen.length === 0) return kept;
  throw new UsageError(`-m leaves no model: ${choice.patterns.join(', ')}`, {
    code: 'no_such_model',
    hint: 'See what there is: qwen-demo list-models',
  });
}

/** @param others whether patterns say which models are left out */
function selectNamed(
  { patterns, known, listed = [], live }: ModelSelection,
  others: boolean,
): ModelDescription[] {
  const all = live === true || (others && patterns.length === 0 && listed.length > 0);
  if (patterns.length === 0 && !all) {
    // Where none is expected, all are: a plan sells a short list.
    const short = known.every(({ expected }) => !expected);
    return known.map(({ id, expected }) => ({ model: id, required: short || expected }));
  }
  const chosen = new Map<string, boolean>();
  for (const model of all ? listed : []) chosen.set(model, true);
  for (const pattern of patterns) {
    if (!isGlob(pattern)) {
      chosen.set(pattern, true);
      continue;
    }
    const isMatch = (id: string) => globMatches(pattern, id);
    const here = listed.filter(isMatch);
    // An endpoint that lists models need not have those that are known elsewhere.
    const ids = known.map(({ id }) => id);
    const matches = here.length > 0 ? here : ids.filter(isMatch);
    if (matches.length === 0) throw noMatch(pattern, [...new Set([...listed, ...ids])]);
    for (const id of matches) {
      // A glob does not require a model that may be unavailable and is not listed.
      const required = listed.includes(id) || knownModel(id)?.expected === true;
      chosen.set(id, required || chosen.get(id) === true);
    }
  }
  return [...chosen].map(([model, required]) => ({ model, required }));
}

/** Whether patterns, or --live without one, select a model with this id from the endpoint's list. */
export function coversListed(
  id: string,
  { patterns, live = false }: Pick<ModelSelection, 'patterns' | 'live'>,
): boolean {
  const matches = (pattern: string) => globMatches(pattern, id);
  const named = patterns.filter((pattern) => !isExclusion(pattern));
  const excluded = patterns.filter(isExclusion).map((pattern) => pattern.slice(1));
  return (live || named.length === 0 || named.some(matches)) && !excluded.some(matches);
}

function selectDescribed(described: readonly ModelDescription[], patterns: readonly string[]) {
  if (patterns.length === 0) return [...described];
  const ids = described.map(({ model }) => model);
  for (const pattern of patterns) {
    if (!ids.some((id) => globMatches(pattern, id))) throw noMatch(pattern, ids);
  }
  return described.filter(({ model }) => patterns.some((pattern) => globMatches(pattern, model)));
}

/** Whether a pattern may match more than one id. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether a pattern leaves models out: `!*-embedding*`. */
export function isExclusion(pattern: string): boolean {
  return pattern.startsWith('!');
}

/** `*` matches any characters, `?` exactly one; other characters match themselves. */
export function globMatches(pattern: string, id: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(id);
}

function noMatch(pattern: string, among: readonly string[]): UsageError {
  return new UsageError(`No model matches "${pattern}"`, {
    code: 'no_such_model',
    choice: { given: pattern, among },
    hint: 'See what there is: qwen-demo list-models',
  });
}
