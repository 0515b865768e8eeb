import { ABILITIES, catalogue, type KnownModel, type ModelKind } from './models.ts';
import data from './plan-models.json' with { type: 'json' };
import { PLAN_TITLES, PLANS, type Plan } from './plans.ts';

/** A row of plan-models.json: facts of the provider's catalogue. An absent field means unknown or no. */
interface Row {
  id: string;
  plans: Plan[];
  /** Tokens. */
  context?: number;
  vision?: boolean;
  reasoning?: boolean;
  tools?: boolean;
  json?: boolean;
}

/** The day on which the list of a plan was read in the provider's catalogue. */
const AS_OF: Readonly<Record<Plan, string>> = data.as_of;

const ofPlans: readonly KnownModel[] = (data.models as Row[]).map(described);

/** Where requests go: with a login, or with a key to the endpoint of a plan or to another host. */
export interface Place {
  login: boolean;
  /** Undefined for a host that is not Qwen's. */
  plan: Plan | undefined;
}

/**
 * The models that the program knows at a place, without a request. At a plan that sells a short list of
 * models, these; the aliases of Qwen's login only at a login, which may be that of a mirror.
 */
export function modelsAt({ login, plan }: Place): readonly KnownModel[] {
  if (login) return catalogue;
  if (sellsShortList(plan)) {
    return ofPlans
      .filter(({ plans }) => plans.includes(plan))
      .map((model) => byId.get(model.id) ?? model);
  }
  return catalogue.filter(({ plans }) => plans.some((one) => one !== 'login'));
}

/** Whether a plan serves only the few models that its catalogue names. */
export function sellsShortList(plan: Plan | undefined): plan is 'coding' | 'token' {
  return plan === 'coding' || plan === 'token';
}

/** The catalogue's entries come first: they say more. */
const byId = new Map([...ofPlans, ...catalogue].map((model) => [model.id, model]));

/** What the program knows of a model without a request; undefined for any other id. */
export function knownModel(id: string): KnownModel | undefined {
  return byId.get(id);
}

/**
 * Context in tokens of models that have no entry of their own: dated versions of the models above
 * and other families of Qwen models.
 */
const CONTEXT_OF_FAMILIES: readonly (readonly [RegExp, number])[] = [
  [/^(qwen3-coder-(plus|flash)|coder-model|qwen3\.\d|qwen-(plus|flash)(-latest)?$)/, 1_000_000],
  [/^qwen3-(max|vl|coder|next)/, 262_144],
];

/**
 * Tokens that question and answer may have together, for a model that is known or of a known family;
 * undefined for any other model.
 */
export function knownContext(id: string): number | undefined {
  return knownModel(id)?.context ?? CONTEXT_OF_FAMILIES.find(([ids]) => ids.test(id))?.[1];
}

function described({ id, plans, context, ...signs }: Row): KnownModel {
  const titles = PLANS.filter((plan) => plans.includes(plan)).map(
    (plan) => `${PLAN_TITLES[plan]} (${AS_OF[plan]})`,
  );
  const abilities = ABILITIES.filter((ability) => signs[ability] === true);
  const about = `In the ${titles.join(', ')}`;
  return { id, kind: kindOf(id, signs), about, expected: false, abilities, context, plans };
}

function kindOf(id: string, { vision }: { vision?: boolean }): ModelKind {
  if (namesCoding(id)) return 'coding';
  return vision === true ? 'vision' : 'text';
}

/** Whether the name is that of a model for program text: `starcoder2`, `gpt-5-codex`, `devstral`. */
export function namesCoding(id: string): boolean {
  return /(?<!en|de|uni|trans)cod(e(?!c)|ing|estral)|devstral/i.test(id);
}
