/** What a model is for. */
type ModelKind = 'coding' | 'text' | 'vision';

/** A model that the program knows without asking anybody. */
export interface KnownModel {
  id: string;
  kind: ModelKind;
  /** One line for a person who chooses. */
  about: string;
  /** False for a model that some accounts, plans or regions do not have. */
  expected: boolean;
}

/** Qwen's models behind its login and its API keys, the expected ones first. */
export const catalog: readonly KnownModel[] = [
  {
    id: 'qwen3-coder-plus',
    kind: 'coding',
    about: 'The main coding model',
    expected: true,
  },
  {
    id: 'qwen3-coder-flash',
    kind: 'coding',
    about: 'A faster and cheaper coding model',
    expected: true,
  },
  {
    id: 'coder-model',
    kind: 'coding',
    about: 'The coding model that the login stands for at the moment',
    expected: true,
  },
  {
    id: 'vision-model',
    kind: 'vision',
    about: 'The vision model that the login stands for at the moment',
    expected: true,
  },
  {
    id: 'qwen-vl-max-latest',
    kind: 'vision',
    about: 'The strongest vision model; not available everywhere',
    expected: false,
  },
  {
    id: 'qwen-vl-plus',
    kind: 'vision',
    about: 'A lighter vision model; not available everywhere',
    expected: false,
  },
];

const byId = new Map(catalog.map((model) => [model.id, model]));

export function knownModel(id: string): KnownModel | undefined {
  return byId.get(id);
}
