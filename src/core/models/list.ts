import { isHtml, reportedError, webPage } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { wireErrorOf } from '../api/wire-error.ts';
import { ApiError, AuthError, ProtocolError, QuotaError, QwenDemoError } from '../errors.ts';
import { readText } from '../http/body.ts';
import { jsonOrUndefined } from '../json.ts';
import { ABILITIES, type Ability, type KnownModel } from '../qwen/models.ts';
import { knownContext, knownModel } from '../qwen/known-models.ts';
import { type ListPage, readPage } from './entries.ts';
import { type SelfDescription, selfDescription } from './self-description.ts';

/** `live`: the endpoint lists it. `known`: the catalogue has it. */
export type ModelSource = 'live' | 'known' | 'both';

/** Where a fact comes from: the list of the endpoint or the catalogue. */
export type Knowledge = 'endpoint' | 'catalogue';

/** A model of the list, and what is known of it. */
export interface ListedModel {
  id: string;
  source: ModelSource;
  /** The catalogue's entry; undefined for a model that only the endpoint lists. */
  known: KnownModel | undefined;
  /** Undefined: neither the endpoint nor the catalogue says what it can do. */
  abilities: { from: Knowledge; value: readonly Ability[] } | undefined;
  /** Tokens that question and answer may have together. */
  context: { from: Knowledge; value: number } | undefined;
  /** What the endpoint says of it; undefined for a model that the endpoint does not list. */
  said: SelfDescription | undefined;
}

/** All models that an endpoint or the catalogue names. */
export interface ModelList {
  /** False when the endpoint has no model list; `models` is the catalogue then. */
  live: boolean;
  /** Why `live` is false, and what is missing in the list: a sentence each. */
  notices: readonly string[];
  /** Sorted by id. */
  models: ListedModel[];
}

/** What {@link listModels} needs. */
export interface ListOptions {
  request: ApiRequest;
  /** What is known without a request, such as {@link modelsAt} the place of the endpoint. */
  known: readonly KnownModel[];
  signal?: AbortSignal | undefined;
}

/**
 * The answer to `GET {endpoint}/models`, all its pages, merged with the catalogue. An endpoint without
 * a model list answers 404 (the Coding Plan), 405, 501 or 400: then the list is the catalogue.
 * @throws AuthError, NetworkError, ApiError, QuotaError as {@link ApiRequest}; ProtocolError
 *   `malformed_model_list`, `html_answer` or `waf_page` for an answer that is not a list
 */
export async function listModels(options: ListOptions): Promise<ModelList> {
  const said = new Map<string, SelfDescription>();
  const notices: string[] = [];
  let skipped = 0;
  try {
    for await (const page of pages(options)) {
      const before = said.size;
      for (const [id, entry] of page.entries) {
        if (!said.has(id)) said.set(id, selfDescription(entry));
      }
      // A server that ignores the query sends its first page for ever.
      if (said.size === before && before > 0) break;
      skipped += page.skipped;
    }
  } catch (error) {
    if (!meansNoList(error)) throw error;
    if (said.size === 0) {
      const why = `The endpoint has no model list (HTTP ${error.status}): these are the known models.`;
      return { live: false, notices: [why], models: knownModels(options.known) };
    }
    notices.push(`The endpoint refused the next page of its list (HTTP ${error.status}).`);
  }
  if (skipped > 0) notices.push(skippedNotice(skipped));
  return { live: true, notices, models: merge(said, options.known) };
}

function skippedNotice(count: number): string {
  return count === 1
    ? '1 entry of the list has no id and is left out.'
    : `${count} entries of the list have no id and are left out.`;
}

/** A list of more pages is cut: 100 pages of Anthropic are 2,000 models. */
const MOST_PAGES = 100;

async function* pages(options: ListOptions): AsyncGenerator<ListPage> {
  let query: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await fetchPage(options, query);
    yield page;
    if (page.next === undefined) return;
    query = page.next;
  }
}

const NO_LIST = new Set<number | undefined>([404, 405, 501]);

/** 400 stands for much: that of a gateway for another protocol or of a wrong key is an error. */
function meansNoList(error: unknown): error is QwenDemoError {
  if (!(error instanceof QwenDemoError)) return false;
  if (error instanceof AuthError || error instanceof QuotaError) return false;
  return NO_LIST.has(error.status) || (error.status === 400 && error instanceof ApiError);
}

async function fetchPage(
  { request, signal }: ListOptions,
  query: string | undefined,
): Promise<ListPage> {
  const { response, context } = await request({ method: 'GET', path: '/models', query, signal });
  const text = await readText(response);
  const value = jsonOrUndefined(text);
  const page = readPage(value);
  if (page !== undefined && page.entries.size > 0) return page;
  const { host, status, headers } = response;
  if (isHtml(headers['content-type'], text)) throw webPage(status, text, host, context);
  const error = wireErrorOf(value);
  if (error) throw reportedError(error, response, context);
  if (page !== undefined) return page;
  throw new ProtocolError(`${host} answered with something that is not a model list`, {
    code: 'malformed_model_list',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

/** The list of known models, without a request. */
export function knownModels(known: readonly KnownModel[]): ListedModel[] {
  return merge(new Map(), known);
}

function merge(
  live: ReadonlyMap<string, SelfDescription>,
  others: readonly KnownModel[],
): ListedModel[] {
  const ids = new Set([...live.keys(), ...others.map(({ id }) => id)]);
  // By code unit: the same order on every machine, whatever its locale.
  return [...ids].toSorted().map((id) => {
    const known = knownModel(id);
    const said = live.get(id);
    const source = known === undefined ? 'live' : said === undefined ? 'known' : 'both';
    return {
      id,
      source,
      known,
      abilities: abilitiesOf(said, known),
      context: preferred(said?.context, knownContext(id)),
      said,
    };
  });
}

/** What the endpoint says comes first: it serves the model. */
function preferred<T>(said: T | undefined, known: T | undefined) {
  if (said !== undefined) return { from: 'endpoint', value: said } as const;
  return known === undefined ? undefined : ({ from: 'catalogue', value: known } as const);
}

/** For each ability what the endpoint says, else what the catalogue says. */
function abilitiesOf(
  said: SelfDescription | undefined,
  known: KnownModel | undefined,
): ListedModel['abilities'] {
  const signs = said?.abilities ?? {};
  const described = Object.keys(signs).length > 0;
  if (!described && known === undefined) return undefined;
  const value = ABILITIES.filter((ability) => signs[ability] ?? known?.abilities.includes(ability));
  return { from: described ? 'endpoint' : 'catalogue', value };
}
