import { UsageError } from '../errors.ts';
import type { KnownModel } from '../qwen/models.ts';
import { knownModel } from '../qwen/known-models.ts';
import type { ModelDescription } from './plan.ts';

/** Where the models of a run come from. At most one of `live` and `described` is set. */
export interface ModelSelection {
  /** Ids and globs. The models that they name are required. */
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
  const { patterns, known, listed = [], live, described } = choice;
  if (described !== undefined) return selectDescribed(described, patterns);
  if (patterns.length === 0 && live !== true) {
    // Where none is expected, all are: a plan sells a short list.
    const all = known.every(({ expected }) => !expected);
    return known.map(({ id, expected }) => ({ model: id, required: all || expected }));
  }
  const chosen = new Map<string, boolean>();
  for (const model of live === true ? listed : []) chosen.set(model, true);
  for (const pattern of patterns) {
    if (!isGlob(pattern)) {
      chosen.set(pattern, true);
      continue;
    }
    const others = known.map(({ id }) => id).filter((id) => !listed.includes(id));
    const matches = [...listed, ...others].filter((id) => globMatches(pattern, id));
    if (matches.length === 0) throw noMatch(pattern, [...listed, ...others]);
    for (const id of matches) {
      // A glob does not require a model that may be unavailable and is not listed.
      const required = listed.includes(id) || knownModel(id)?.expected === true;
      chosen.set(id, required || chosen.get(id) === true);
    }
  }
  return [...chosen].map(([model, required]) => ({ model, required }));
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
