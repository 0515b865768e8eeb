import * as z from 'zod/mini';
import { readOwnFile } from '../core/files/own-file.ts';
import { replaceOwnFile } from '../core/files/replacement.ts';
import { SETTING_HOME, type FileRef } from '../core/files/storage-error.ts';
import { jsonOrUndefined } from '../core/json.ts';
import { recordOf } from '../core/json-file.ts';
import type { ModelList } from '../core/models/list.ts';
import type { OwnFiles } from '../core/settings/files.ts';
import type { Context } from './context.ts';
import { findOwnFiles } from './paths.ts';

/** By endpoint and model: the context window that the endpoint says, in tokens; null for none. */
const fileSchema = z.object({
  version: z.literal(1),
  endpoints: z.record(z.string(), recordOf(z.nullable(z.number()))),
});

type Lists = z.infer<typeof fileSchema>['endpoints'];

/** The lists that were read last are kept, up to this many. */
const MOST_ENDPOINTS = 20;
/** In bytes. */
const FILE_CAP = 16 * 2 ** 20;
/** Of one list. */
const MOST_MODELS = 5000;

function listsFile({ last_models }: OwnFiles): FileRef {
  return { path: last_models, setting: SETTING_HOME };
}

/** Keeps what an endpoint lists for later commands. A failure is ignored: they ask or guess then. */
export async function keepModels(
  context: Context,
  endpoint: string,
  { live, models }: ModelList,
): Promise<void> {
  const files = findOwnFiles(context.env);
  if (!live || files === undefined) return;
  const ref = listsFile(files);
  const { [endpoint]: earlier, ...others } = await load(context, ref);
  const listed = models.filter(({ source }) => source !== 'known').slice(0, MOST_MODELS);
  const entries = listed.map(({ id, said }) => [id, said?.context ?? null] as const);
  const list = Object.fromEntries(entries);
  if (JSON.stringify(earlier) === JSON.stringify(list)) return;
  const kept = Object.entries(others).slice(-MOST_ENDPOINTS + 1);
  const endpoints = Object.fromEntries([...kept, [endpoint, list]]);
  const text = `${JSON.stringify({ version: 1, endpoints }, null, 2)}\n`;
  await replaceOwnFile({ ...ref, clock: context.clock }, text, context).catch(() => {});
}

/**
 * The context window of a model, in tokens, as the endpoint said in the list that was read last;
 * undefined for a model of which it said nothing. Ollama lists `qwen3` as `qwen3:latest`.
 */
export async function loadWindows(
  context: Context,
  endpoint: string,
): Promise<(model: string) => number | undefined> {
  const files = findOwnFiles(context.env);
  const lists = files === undefined ? {} : await load(context, listsFile(files));
  const windows = new Map(Object.entries(lists[endpoint] ?? {}));
  return (model) => windows.get(model) ?? windows.get(`${model}:latest`) ?? undefined;
}

/** The ids of all models that were listed last, at any endpoint. */
export async function listedModels(context: Pick<Context, 'env' | 'clock'>): Promise<string[]> {
  const files = findOwnFiles(context.env);
  const lists = files === undefined ? {} : await load(context, listsFile(files));
  return Object.values(lists).flatMap((models) => Object.keys(models));
}

/** A file that cannot be read counts as empty; the next list replaces it. */
async function load({ clock }: Pick<Context, 'clock'>, ref: FileRef): Promise<Lists> {
  const file = await readOwnFile({ ...ref, clock, cap: FILE_CAP }).catch(() => undefined);
  if (!file) return {};
  return fileSchema.safeParse(jsonOrUndefined(file.text)).data?.endpoints ?? {};
}
