/** A model of the sandbox. */
export interface SandboxModel {
  readonly id: string;
  /** False: the API answers 404, as the real service does for a model that it no longer serves. */
  readonly served: boolean;
  readonly vision: boolean;
}

/** All models, in the order of `GET /v1/models`. */
export const MODELS: readonly SandboxModel[] = [
  { id: 'qwen3-coder-plus', served: true, vision: false },
  { id: 'qwen3-coder-flash', served: true, vision: false },
  { id: 'coder-model', served: true, vision: false },
  { id: 'vision-model', served: true, vision: true },
  { id: 'qwen-vl-max-latest', served: false, vision: true },
  { id: 'qwen-vl-plus', served: false, vision: true },
];

/** The model of that id; undefined when it is unknown or not served. */
export function servedModel(id: string): SandboxModel | undefined {
  return MODELS.find((model) => model.id === id && model.served);
}
