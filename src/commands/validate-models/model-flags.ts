import { dirname, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { FileModel } from '../../core/validation/models-file.ts';
import type { ListedSelection } from '../../core/validation/missing.ts';
import type { OwnProbe } from '../../core/validation/own-probe.ts';
import type { ProbeList } from '../../core/validation/claims.ts';
import { type ModelDescription, parseProbes } from '../../core/validation/plan.ts';
import { PROBE_NAMES } from '../../core/validation/report.ts';
import {
  coversListed,
  globMatches,
  isExclusion,
  isGlob,
  selectModels,
} from '../../core/validation/select-models.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { pathParser } from '../paths.ts';
import type { ValidateModelsFlags } from './flags.ts';
import {
  fetchList,
  idsOf,
  type Listing,
  noList,
  selectListed,
  withClaims,
} from './listed-models.ts';
import { readRequiredFile } from './required-file.ts';

/** The models that the flags select, with the file already read. */
export interface ModelFlags {
  patterns: string[];
  live: boolean;
  described: ModelDescription[] | undefined;
  /** Whether listed models for embeddings are asked too. */
  embeddings: boolean;
}

/** @throws UsageError `empty_flag`, `no_models_file`, `invalid_file`, `file_too_large`; StorageError */
export async function readModelFlags(
  context: Context,
  flags: ValidateModelsFlags,
): Promise<ModelFlags> {
  const { file, live = false, probe } = flags;
  const embeddings = probe === undefined || parseList('--probe', probe).includes('embeddings');
  const patterns = parseList('--model', flags.model);
  if (file === undefined) return { patterns, live, described: undefined, embeddings };
  const [text, { parseModelsFile }] = await Promise.all([
    readRequiredFile(file, context, {
      code: 'no_models_file',
      hint: `Write one from what the endpoint lists: qwen-demo validate-models --init ${file}`,
    }),
    import('../../core/validation/models-file.ts'),
  ]);
  const models = await parseModelsFile(text, file);
  const described = await Promise.all(models.map((model) => withPictures(model, file, context)));
  return { patterns, live, described, embeddings };
}

/** Reads the pictures of a model's own probes: their paths begin in the folder of the file. */
async function withPictures(
  { own, ...model }: FileModel,
  file: string,
  context: Context,
): Promise<ModelDescription> {
  const path = pathParser(context);
  const read = async (place: string) => {
    const { readPicture } = await import('../chat/attachments.ts');
    const url = /^[a-z][a-z0-9+.-]+:/i.test(place);
    const { pictures } = await readPicture(
      url ? place : resolve(dirname(file), path(place)),
      context,
    );
    return pictures;
  };
  const probes = own.map(async (probe): Promise<OwnProbe> => {
    const pictures = await Promise.all(probe.pictures.map(read));
    return { ...probe, pictures: pictures.flat() };
  });
  return { ...model, own: await Promise.all(probes) };
}

function matchesOne(ids: readonly string[], pattern: string): boolean {
  return isGlob(pattern) && ids.some((id) => globMatches(pattern, id));
}

/**
 * The models to test. Without --live and without globs they are tested with or without the list of the
 * endpoint.
 * @param earlier the models of the baseline: where only they match, all that match are gone
 * @throws UsageError `no_such_model`, `no_models`, `no_model_list`; AuthError, NetworkError or ApiError
 *   when the list cannot be fetched
 */
export async function resolveModels(
  { patterns: named, live, described, embeddings }: ModelFlags,
  context: Context,
  { idOf, ...at }: Listing,
  earlier: readonly string[] = [],
): Promise<ListedSelection> {
  const { known } = at;
  const patterns = named.map((name) => idsOf(name, idOf));
  const globs = described === undefined && patterns.some((one) => isGlob(one) || isExclusion(one));
  const covers = (model: string) => coversListed(model, { patterns, live });
  if (!live && !globs) {
    const models = await withClaims(selectModels({ patterns, known, described }), context, at);
    return { models, listed: undefined, covers };
  }
  const list = await fetchList(context, at);
  if (!list.live && live) throw noList();
  for (const text of list.notices) notice(context, text);
  const ids = list.models.map(({ id }) => id);
  const isVanished = (pattern: string) =>
    !isExclusion(pattern) && matchesOne(earlier, pattern) && !matchesOne(ids, pattern);
  const left = patterns.filter((pattern) => !isVanished(pattern));
  const none = !live && left.every(isExclusion) && left.length < patterns.length;
  const models = none
    ? []
    : selectListed(context, list, { patterns: left, live, known, embeddings });
  const there = list.models.filter(({ source }) => source !== 'known').map(({ id }) => id);
  const listed = list.live ? new Set(there) : undefined;
  if (models.length > 0 || (list.live && earlier.some(covers))) return { models, listed, covers };
  throw new UsageError('The endpoint lists no models', {
    code: 'no_models',
    hint: 'Name the models with -m.',
  });
}

/** @throws UsageError `unknown_probe`, `empty_flag` */
export function parseProbeFlag(texts: readonly string[] | undefined): ProbeList | undefined {
  if (texts === undefined) return undefined;
  const names = parseList('--probe', texts);
  const list = parseProbes(names);
  if (list !== undefined) return list;
  const unknown = names.find((name) => parseProbes([name]) === undefined) ?? '';
  throw new UsageError(`--probe ${unknown}: there is no such probe`, {
    code: 'unknown_probe',
    choice: { given: unknown.split('=')[0] ?? '', among: PROBE_NAMES },
    hint: `Use one of ${PROBE_NAMES.join(', ')}; long=32 takes a text of 32 thousand tokens (1 to 1000), long=window one that fills the window.`,
  });
}

/** The values of a flag that may be repeated, and may hold several values separated by commas. */
function parseList(flag: string, texts: readonly string[] = []): string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (names.includes('') || names.includes('!'))
    throw new UsageError(`${flag} needs a value`, { code: 'empty_flag' });
  return [...new Set(names)];
}
