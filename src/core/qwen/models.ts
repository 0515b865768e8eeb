/** What a model is for. */
type ModelKind = 'coding' | 'text' | 'vision';

/**
 * What not every model can do.
 * - `json`: answers that conform to a JSON Schema
 * - `tools`: calls functions that it is offered
 * - `vision`: sees pictures
 * - `reasoning`: thinks before it answers, or does not, as it is told
 */
export type Ability = 'json' | 'tools' | 'vision' | 'reasoning';

/** A model that the program knows without asking anybody. */
export interface KnownModel {
  id: string;
  kind: ModelKind;
  /** One line for a person who chooses. */
  about: string;
  /** False for a model that some accounts, plans or regions do not have. */
  expected: boolean;
  abilities: readonly Ability[];
  /** What question and answer may hold together, in tokens. */
  context: number;
}

/**
 * Qwen's models behind its login and its API keys, the expected ones first. Abilities and context
 * are those of the provider's documentation, where it differs by region the lesser.
 */
export const catalog: readonly KnownModel[] = [
  {
    id: 'qwen3-coder-plus',
    kind: 'coding',
    about: 'The main coding model',
    expected: true,
    abilities: ['json', 'tools'],
    context: 1_000_000,
  },
  {
    id: 'qwen3-coder-flash',
    kind: 'coding',
    about: 'A faster and cheaper coding model',
    expected: true,
    abilities: ['json', 'tools'],
    context: 1_000_000,
  },
  {
    id: 'coder-model',
    kind: 'coding',
    about: 'The coding model that the login stands for at the moment',
    expected: true,
    abilities: ['json', 'tools', 'reasoning'],
    context: 1_000_000,
  },
  {
    id: 'vision-model',
    kind: 'vision',
    about: 'The vision model that the login stands for at the moment',
    expected: true,
    abilities: ['vision'],
    context: 131_072,
  },
  {
    id: 'qwen-vl-max-latest',
    kind: 'vision',
    about: 'The strongest vision model; not available everywhere',
    expected: false,
    abilities: ['vision'],
    context: 131_072,
  },
  {
    id: 'qwen-vl-plus',
    kind: 'vision',
    about: 'A lighter vision model; not available everywhere',
    expected: false,
    abilities: ['vision'],
    context: 131_072,
  },
];

const byId = new Map(catalog.map((model) => [model.id, model]));

export function knownModel(id: string): KnownModel | undefined {
  return byId.get(id);
}
