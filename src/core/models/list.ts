import * as z from 'zod/mini';
import type { Access } from '../api/access.ts';
import { isHtml, reportedError, webPage } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { wireErrorOf } from '../api/wire-error.ts';
import { ProtocolError, QwenDemoError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { HttpResponse } from '../http/message.ts';
import { type Ability, catalog, knownModel, type KnownModel } from '../qwen/models.ts';
import { selfDescription, type SelfDescription } from './self-description.ts';
import { jsonOrUndefined } from '../json.ts';

/** `live`: the endpoint names it. `known`: the catalogue does. */
export type ModelSource = 'live' | 'known' | 'both';

/** Who says so: the endpoint in its list, or the catalogue. */
export type Knowledge = 'endpoint' | 'catalogue';

export interface ListedModel {
  id: string;
  source: ModelSource;
  /** What the catalogue has to say; absent for a model that only the endpoint names. */
  known: KnownModel | undefined;
  /** Undefined when nobody says what it can do. */
  abilities: { from: Knowledge; value: readonly Ability[] } | undefined;
  /** What question and answer may hold together, in tokens. */
  context: { from: Knowledge; value: number } | undefined;
}

export interface ModelList {
  /** False when the endpoint has no model list: then `models` is the catalogue alone. */
  live: boolean;
  /** Why `live` is false, in a sentence. */
  notice: string | undefined;
  /** Sorted by id. */
  models: ListedModel[];
}

export interface ListOptions {
  request: ApiRequest;
  signal?: AbortSignal | undefined;
}

/**
 * What `GET {endpoint}/models` says, merged with the catalogue. An endpoint without a model list
 * (404 as at the Coding Plan, 405) leaves the catalogue alone.
 * @throws AuthError, NetworkError, ApiError, QuotaError; ProtocolError for an answer that is no list
 */
export async function listModels({ request, signal }: ListOptions): Promise<ModelList> {
  try {
    const { response, access } = await request({ method: 'GET', path: '/models', signal });
    const text = await readText(response);
    return { live: true, notice: undefined, models: merge(parseModels(response, text, access)) };
  } catch (error) {
    if (!(error instanceof QwenDemoError && NO_LIST.has(error.status))) throw error;
    return {
      live: false,
      notice: `The endpoint has no model list (HTTP ${error.status}): these are the known models.`,
      models: knownModels(),
    };
  }
}

const NO_LIST = new Set<number | undefined>([404, 405]);

/** The OpenAI shape; Ollama sends `null` for an empty list. */
const listSchema = z.object({
  data: z.nullable(z.array(z.looseObject({ id: z.string() }))),
});

/** Characters of the longest id that can be one. */
const LONGEST_ID = 512;

function parseModels(
  response: HttpResponse,
  text: string,
  access: Access,
): Map<string, SelfDescription> {
  const { host, status, headers } = response;
  const value = jsonOrUndefined(text);
  const parsed = listSchema.safeParse(value);
  if (parsed.success) {
    const entries = parsed.data.data ?? [];
    // One entry that nobody can ask for does not spoil the rest.
    const usable = entries.filter(({ id }) => id.trim() !== '' && id.length <= LONGEST_ID);
    return new Map(usable.map((entry) => [entry.id, selfDescription(entry)]));
  }

  if (isHtml(headers['content-type'], text)) throw webPage(status, text, host, access);
  const error = wireErrorOf(value);
  if (error) throw reportedError(error, response, access);
  throw new ProtocolError(`${host} answered with something that is not a model list`, {
    code: 'malformed_model_list',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

/** The catalogue, without asking anybody. */
export function knownModels(): ListedModel[] {
  return merge(new Map());
}

function merge(live: ReadonlyMap<string, SelfDescription>): ListedModel[] {
  const ids = new Set([...live.keys(), ...catalog.map(({ id }) => id)]);
  // By code unit: the same order on every machine, whatever its locale.
  return [...ids].toSorted().map((id) => {
    const known = knownModel(id);
    const said = live.get(id);
    const source = known === undefined ? 'live' : said === undefined ? 'known' : 'both';
    return {
      id,
      source,
      known,
      abilities: preferred(said?.abilities, known?.abilities),
      context: preferred(said?.context, known?.context),
    };
  });
}

/** The endpoint knows best what it serves. */
function preferred<T>(said: T | undefined, known: T | undefined) {
  if (said !== undefined) return { from: 'endpoint', value: said } as const;
  return known === undefined ? undefined : ({ from: 'catalogue', value: known } as const);
}
