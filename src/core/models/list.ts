import * as z from 'zod/mini';
import type { Access } from '../api/access.ts';
import { isHtml, reportedError, webPage } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { wireErrorOf } from '../api/wire-error.ts';
import { ProtocolError, QwenDemoError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { HttpResponse } from '../http/message.ts';
import { catalog, knownModel, type KnownModel } from './catalog.ts';

/** `live`: the endpoint names it. `known`: the catalogue does. */
export type ModelSource = 'live' | 'known' | 'both';

interface ListedModel {
  id: string;
  source: ModelSource;
  /** What the catalogue has to say; absent for a model that only the endpoint names. */
  known: KnownModel | undefined;
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
      models: merge([]),
    };
  }
}

const NO_LIST = new Set<number | undefined>([404, 405]);

/** The OpenAI shape; Ollama sends `null` for an empty list. */
const listSchema = z.object({
  data: z.nullable(z.array(z.object({ id: z.string().check(z.minLength(1)) }))),
});

function parseModels({ host, status, headers }: HttpResponse, text: string, access: Access) {
  const value = parseJson(text);
  const parsed = listSchema.safeParse(value);
  if (parsed.success) return (parsed.data.data ?? []).map(({ id }) => id);

  if (isHtml(headers['content-type'], text)) throw webPage(status, text, host, access);
  const error = wireErrorOf(value);
  if (error) throw reportedError(error, host, access);
  throw new ProtocolError(`${host} answered with something that is not a model list`, {
    code: 'malformed_model_list',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function merge(live: string[]): ListedModel[] {
  const listed = new Set(live);
  const ids = new Set([...listed, ...catalog.map(({ id }) => id)]);
  // By code unit: the same order on every machine, whatever its locale.
  return [...ids].toSorted().map((id) => {
    const known = knownModel(id);
    return { id, known, source: known === undefined ? 'live' : listed.has(id) ? 'both' : 'known' };
  });
}
