import type { Plan } from '../qwen/plans.ts';

/** What a model is for. */
export type ModelKind = 'coding' | 'text' | 'vision';

/**
 * What only some models can do.
 * - `json`: answers that conform to a JSON Schema
 * - `tools`: calls functions that the request offers
 * - `vision`: reads pictures
 * - `reasoning`: can think before it answers, switched by `enable_thinking`
 */
export type Ability = 'json' | 'tools' | 'vision' | 'reasoning';

/** All abilities, in the order of lists and messages. */
export const ABILITIES: readonly Ability[] = ['json', 'tools', 'vision', 'reasoning'];

/** A model that the program knows without a request. */
export interface KnownModel {
  id: string;
  kind: ModelKind;
  /** One line that helps to choose. */
  about: string;
  /** False for a model that some accounts, plans or regions do not have. */
  expected: boolean;
  abilities: readonly Ability[];
  /** Tokens that question and answer may have together. */
  context: number | undefined;
  /** What serves it: Qwen's login, or API keys of these plans. */
  plans: readonly ('login' | Plan)[];
}

/**
 * Qwen's models, the expected ones first. Abilities and context are those of the provider's
 * documentation; where regions differ, the lesser. `vision-model` has the context of qwen-vl-max:
 * Qwen Code counts with the same 128 Ki tokens.
 */
export const catalogue: readonly KnownModel[] = [
  {
    id: 'qwen3-coder-plus',
    kind: 'coding',
    about: 'The main coding model',
    expected: true,
    abilities: ['json', 'tools'],
    context: 1_000_000,
    plans: ['login', 'standard', 'coding'],
  },
  {
    id: 'qwen3-coder-flash',
    kind: 'coding',
    about: 'A faster and cheaper coding model',
    expected: true,
    abilities: ['json', 'tools'],
    context: 1_000_000,
    plans: ['login', 'standard'],
  },
  {
    id: 'coder-model',
    kind: 'coding',
    about: 'The coding model that the login stands for at the moment',
    expected: true,
    abilities: ['json', 'tools', 'reasoning'],
    context: 1_000_000,
    plans: ['login'],
  },
  {
    id: 'vision-model',
    kind: 'vision',
    about: 'The vision model that the login stands for at the moment',
    expected: true,
    abilities: ['vision'],
    context: 131_072,
    plans: ['login'],
  },
  {
    id: 'qwen-vl-max-latest',
    kind: 'vision',
    about: 'The strongest vision model; not available everywhere',
    expected: false,
    abilities: ['vision'],
    context: 131_072,
    plans: ['standard'],
  },
  {
    id: 'qwen-vl-plus',
    kind: 'vision',
    about: 'A lighter vision model; not available everywhere',
    expected: false,
    abilities: ['vision'],
    context: 131_072,
    plans: ['standard'],
  },
];
