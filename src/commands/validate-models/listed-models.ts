import type { ApiRequest } from '../../core/api/request.ts';
import { UsageError } from '../../core/errors.ts';
import { purposeOf } from '../../core/models/kind.ts';
import { listModels, type ModelList } from '../../core/models/list.ts';
import { knownModel, sellsShortList } from '../../core/qwen/known-models.ts';
import type { KnownModel } from '../../core/qwen/models.ts';
import { planOfHost } from '../../core/qwen/plans.ts';
import type { ModelDescription } from '../../core/validation/plan.ts';
import {
  isExclusion,
  type ModelSelection,
  selectModels,
} from '../../core/validation/select-models.ts';
import type { Context } from '../context.ts';
import { keepModels } from '../last-models.ts';
import { notice } from '../notice.ts';
import { secretsOfRun } from '../secrets.ts';

/** What a list of models is made of. */
export interface Listing {
  endpoint: string;
  request: ApiRequest;
  /** The same without retries: for a list that a run can do without. */
  once: ApiRequest;
  /** What is known at the endpoint without a request. */
  known: readonly KnownModel[];
  /** The id that a name of the user stands for. @throws UsageError `model_name_loop` */
  idOf(name: string): string;
}

/** Milliseconds that the list may take where a run goes on without it. */
const LIST_PATIENCE = 5000;

/**
 * The models with what the endpoint says of them, unless the file says what each can do. A list that
 * cannot be fetched is no failure here: the models are tested by what the catalogue says.
 */
export async function withClaims(
  models: readonly ModelDescription[],
  context: Context,
  { once: request, known }: Omit<Listing, 'idOf'>,
): Promise<ModelDescription[]> {
  if (models.every(({ probes }) => probes !== undefined)) return [...models];
  const signal = AbortSignal.any([context.signal, context.clock.timeout(LIST_PATIENCE)]);
  try {
    const list = await listModels({ request, known, signal });
    const said = new Map(list.models.map((model) => [model.id, model.said]));
    return models.map((one) => ({ ...one, said: said.get(one.model) }));
  } catch {
    context.signal.throwIfAborted();
    return [...models];
  }
}

/** A pattern with the id that a name of the user stands for. */
export function idsOf(pattern: string, idOf: Listing['idOf']): string {
  return isExclusion(pattern) ? `!${idOf(pattern.slice(1))}` : idOf(pattern);
}

/**
 * The models that the endpoint lists, and those that are known. At a plan that sells a short list of
 * models and has no list to fetch, its models count as listed.
 */
export async function fetchList(
  context: Context,
  { endpoint, request, known }: Omit<Listing, 'idOf' | 'once'>,
): Promise<ModelList> {
  const all = await listModels({ request, known, signal: context.signal });
  const list = secretsOfRun(context).redactIn(all);
  await keepModels(context, endpoint, list);
  if (list.live || !sellsShortList(planOfHost(new URL(endpoint).hostname))) return list;
  const models = list.models.map((model) => ({ ...model, source: 'both' as const }));
  return { ...list, live: true, models };
}

/** Which models of a list are tested. */
export interface ListedChoice extends Pick<ModelSelection, 'patterns' | 'live' | 'known'> {
  /** Whether models for embeddings are. */
  embeddings: boolean;
}

/**
 * The models of a list that the patterns select, with what the endpoint says of each. A notice names
 * those that no probe is for: only their exact name selects them.
 * @throws UsageError `no_such_model`, `no_chat_model`
 */
export function selectListed(
  context: Context,
  { models }: ModelList,
  choice: ListedChoice,
): ModelDescription[] {
  const listed = models.filter(({ source }) => source !== 'known');
  const byId = new Map(listed.map((model) => [model.id, model]));
  const chosen = selectModels({ ...choice, listed: [...byId.keys()] });
  const left: string[] = [];
  const kept = chosen.filter(({ model }) => {
    const purpose = purposeOf(
      byId.get(model) ?? { id: model, known: knownModel(model), said: undefined },
    );
    const able = purpose === 'chat' || (choice.embeddings && purpose === 'embeddings');
    const asked = able || choice.patterns.includes(model);
    if (!asked) left.push(`${model} (${purpose})`);
    return asked;
  });
  if (left.length > 0) {
    const text = `Left out, because no probe is for them: ${someOf(left)}`;
    if (kept.length === 0) {
      const hint = 'Name one with -m to test it.';
      throw new UsageError(text, { code: 'no_chat_model', hint });
    }
    notice(context, `${text}. Name one with -m to test it.`);
  }
  return kept.map((one) => ({ ...one, said: byId.get(one.model)?.said }));
}

/** At most ten names. */
function someOf(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return names.slice(0, 10).join(', ') + more;
}

export function noList(): UsageError {
  return new UsageError('The endpoint has no model list', {
    code: 'no_model_list',
    hint: 'Name the models with -m, or describe them in a file and use --file.',
  });
}
