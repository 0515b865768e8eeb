/** A model of the sandbox. */
export interface SandboxModel {
  readonly id: string;
  /** True when it accepts images. */
  readonly vision: boolean;
}

/** All models, in the order of `GET /v1/models`. */
export const MODELS: readonly SandboxModel[] = [
  { id: 'qwen3-coder-plus', vision: false },
  { id: 'qwen3-coder-flash', vision: false },
  { id: 'coder-model', vision: false },
  { id: 'vision-model', vision: true },
];

/** The model of that id, undefined for an unknown one. */
export function servedModel(id: string): SandboxModel | undefined {
  return MODELS.find((model) => model.id === id);
}
