import { isFields } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One page of a model list. */
export interface ListPage {
  /** By id; the whole entry of the server, `{}` for an entry that is only an id. */
  entries: ReadonlyMap<string, Fields>;
  /** Number of entries without a usable id. */
  skipped: number;
  /** The query of the next page; undefined for the last page. */
  next: string | undefined;
}

/**
 * Reads a page of a model list in the shapes of known servers: the array itself (Together, GitHub
 * Models) or under `data` (OpenAI), `models` (Ollama, Gemini, llama.cpp), `result` (Cloudflare) and
 * the like, also one in the other. Ollama sends `null` for an empty list.
 * @returns undefined for a value that holds no list
 */
export function readPage(value: unknown): ListPage | undefined {
  const list = listIn(value, DEEPEST_LIST);
  if (list === undefined) return undefined;
  const entries = new Map<string, Fields>();
  let skipped = 0;
  for (const entry of list) {
    const id = idOf(entry);
    if (id === undefined) skipped += 1;
    else if (!entries.has(id)) entries.set(id, isFields(entry) ? entry : {});
  }
  return {
    entries,
    skipped,
    next: isFields(value) ? nextOf(value, [...entries.keys()]) : undefined,
  };
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const LIST_KEYS = [
  'data',
  'models',
  'result',
  'results',
  'items',
  'list',
  'value',
  'model_list',
  'available_models',
] as const;
const DEEPEST_LIST = 3;

function listIn(value: unknown, levels: number): readonly unknown[] | undefined {
  if (isList(value)) return value;
  if (!isFields(value) || levels === 0) return undefined;
  const lists = LIST_KEYS.filter((key) => Object.hasOwn(value, key)).map((key) =>
    value[key] === null ? [] : listIn(value[key], levels - 1),
  );
  const found = lists.find((list) => list !== undefined && list.length > 0) ?? lists.find(Boolean);
  return found ?? listOfNames([value.data, value.models].find(isFields));
}

/** The entries of an object that has the ids of the models as its names. */
function listOfNames(named: Fields | undefined): readonly unknown[] | undefined {
  const entries = Object.entries(named ?? {});
  if (entries.length === 0 || !entries.every(([, entry]) => isFields(entry))) return undefined;
  return entries.map(([id, entry]) => ({ id, ...(entry as Fields) }));
}

/** Characters. A longer id is not an id. */
const LONGEST_ID = 512;

/** Fields that hold what a request has to name, the standard one first. */
const ID_KEYS = ['id', 'model', 'name', 'slug', 'model_name', 'model_id', 'modelId'] as const;

/** Cloudflare's `id` is a row of its database; the request has to name the `name`. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function idOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return usable(entry);
  if (!isFields(entry)) return undefined;
  const ids = ID_KEYS.map((key) => usable(entry[key])).filter((id) => id !== undefined);
  const numbered = Number.isSafeInteger(entry.id) ? [String(entry.id)] : [];
  return ids.find((id) => !UUID.test(id)) ?? ids[0] ?? numbered[0];
}

function usable(id: unknown): string | undefined {
  return typeof id === 'string' && id.trim() !== '' && id.length <= LONGEST_ID ? id : undefined;
}

/**
 * The query of the next page. `has_more` and `last_id` are those of OpenAI's lists (`after`) and of
 * Anthropic's (`after_id`, and `first_id` in the answer); OpenRouter has an address in `links.next`.
 */
function nextOf(value: Fields, ids: readonly string[]): string | undefined {
  const { has_more, last_id, first_id, object, links } = value;
  if (has_more === true) {
    const last = usable(last_id) ?? ids.at(-1);
    if (last === undefined) return undefined;
    const ofAnthropic = first_id !== undefined && object === undefined;
    return new URLSearchParams({ after_id: last, ...(!ofAnthropic && { after: last }) }).toString();
  }
  const next = isFields(links) ? links.next : undefined;
  const query = typeof next === 'string' ? /\?([^#]+)/.exec(next)?.[1] : undefined;
  // Read and written again, so that no server decides what bytes stand in an address.
  return query === undefined ? undefined : new URLSearchParams(query).toString();
}
