import * as z from 'zod/mini';
// By name: `z.catch` looks like a promise's to the linter, and `const { catch: … } = z` would bundle
// all of zod, 25 ms of every start.
import { catch as orElse } from 'zod/mini';
import { isHtml, reportedError, webPage } from '../api/refusal.ts';
import type { RefusalContext } from '../api/refusal-rules.ts';
import type { ApiRequest } from '../api/request.ts';
import { wireErrorOf } from '../api/wire-error.ts';
import { ProtocolError, QwenDemoError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { HttpResponse } from '../http/message.ts';
import {
  ABILITIES,
  type Ability,
  catalog,
  knownContext,
  knownModel,
  type KnownModel,
} from '../qwen/models.ts';
import { jsonOrUndefined } from '../json.ts';

/** `live`: the endpoint lists it. `known`: the catalog has it. */
export type ModelSource = 'live' | 'known' | 'both';

/** Where a fact comes from: the endpoint's list or the catalog, which `--json` spells `catalogue`. */
export type Knowledge = 'endpoint' | 'catalogue';

/** A model of the list, and what is known of it. */
export interface ListedModel {
  id: string;
  source: ModelSource;
  /** The catalogue's entry; undefined for a model that only the endpoint lists. */
  known: KnownModel | undefined;
  /** Undefined: neither the endpoint nor the catalog says what it can do. */
  abilities: { from: Knowledge; value: readonly Ability[] } | undefined;
  /** Tokens that question and answer may have together. */
  context: { from: Knowledge; value: number } | undefined;
}

/** All models that an endpoint or the catalog names. */
export interface ModelList {
  /** False when the endpoint has no model list; `models` is the catalog then. */
  live: boolean;
  /** Why `live` is false, in a sentence. */
  notice: string | undefined;
  /** Sorted by id. */
  models: ListedModel[];
}

/** What {@link listModels} needs. */
export interface ListOptions {
  request: ApiRequest;
  signal?: AbortSignal | undefined;
}

/**
 * The answer to `GET {endpoint}/models`, merged with the catalog. An endpoint without a model list
 * answers 404 (the Coding Plan) or 405: then the list is the catalog.
 * @throws AuthError, NetworkError, ApiError, QuotaError as {@link ApiRequest}; ProtocolError
 *   `malformed_model_list`, `html_answer` or `waf_page` for an answer that is not a list
 */
export async function listModels({ request, signal }: ListOptions): Promise<ModelList> {
  try {
    const { response, context } = await request({ method: 'GET', path: '/models', signal });
    const text = await readText(response);
    return { live: true, notice: undefined, models: merge(parseModels(response, text, context)) };
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

/** Characters. A longer id is not an id. */
const LONGEST_ID = 512;

function parseModels(
  response: HttpResponse,
  text: string,
  context: RefusalContext,
): Map<string, SelfDescription> {
  const { host, status, headers } = response;
  const value = jsonOrUndefined(text);
  const parsed = listSchema.safeParse(value);
  if (parsed.success) {
    const entries = parsed.data.data ?? [];
    // An unusable id is left out; the other entries stay.
    const usable = entries.filter(({ id }) => id.trim() !== '' && id.length <= LONGEST_ID);
    return new Map(usable.map((entry) => [entry.id, selfDescription(entry)]));
  }

  if (isHtml(headers['content-type'], text)) throw webPage(status, text, host, context);
  const error = wireErrorOf(value);
  if (error) throw reportedError(error, response, context);
  throw new ProtocolError(`${host} answered with something that is not a model list`, {
    code: 'malformed_model_list',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

/** The models of the catalog, without a request. */
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
      context: preferred(said?.context, knownContext(id)),
    };
  });
}

/** What the endpoint says comes first: it serves the model. */
function preferred<T>(said: T | undefined, known: T | undefined) {
  if (said !== undefined) return { from: 'endpoint', value: said } as const;
  return known === undefined ? undefined : ({ from: 'catalogue', value: known } as const);
}

/** What an endpoint says about a model in its list, besides the id. Undefined: it says nothing. */
export interface SelfDescription {
  abilities: readonly Ability[] | undefined;
  /** Tokens that question and answer may have together. */
  context: number | undefined;
}

/** A field of another type counts as absent. */
const lenient = <T extends z.ZodMiniType>(type: T) => orElse(z.optional(type), undefined);

const tokens = lenient(z.number().check(z.positive()));
const words = lenient(z.array(z.string()));
const flag = lenient(z.boolean());

/** No standard names these fields: each comment names the servers that send them. */
const descriptionSchema = z.object({
  // OpenRouter and Together; vLLM; Groq; Mistral.
  context_length: tokens,
  max_model_len: tokens,
  context_window: tokens,
  max_context_length: tokens,
  // OpenRouter.
  architecture: lenient(z.object({ input_modalities: words })),
  supported_parameters: words,
  // Mistral.
  capabilities: lenient(z.object({ function_calling: flag, vision: flag })),
});

/** Reads the context and the abilities from one entry of a model list. */
export function selfDescription(entry: unknown): SelfDescription {
  const said = descriptionSchema.safeParse(entry).data;
  if (said === undefined) return { abilities: undefined, context: undefined };
  const { context_length, max_model_len, context_window, max_context_length } = said;
  return {
    abilities: abilitiesOf(said),
    context: context_length ?? max_model_len ?? context_window ?? max_context_length,
  };
}

function abilitiesOf(said: z.infer<typeof descriptionSchema>): Ability[] | undefined {
  const { architecture, supported_parameters: parameters, capabilities } = said;
  const modalities = architecture?.input_modalities;
  if (!modalities && !parameters && !capabilities) return undefined;
  const signs: Record<Ability, boolean | undefined> = {
    json: parameters?.includes('structured_outputs'),
    tools: parameters?.includes('tools') ?? capabilities?.function_calling,
    vision: modalities?.includes('image') ?? capabilities?.vision,
    reasoning: parameters?.includes('reasoning'),
  };
  return ABILITIES.filter((ability) => signs[ability]);
}
