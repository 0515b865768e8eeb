/** A model the sandbox knows. */
export interface SandboxModel {
  readonly id: string;
  /** False: known by name, and refused like an unknown one. */
  readonly served: boolean;
  readonly vision: boolean;
}

export const MODELS: readonly SandboxModel[] = [
  { id: 'qwen3-coder-plus', served: true, vision: false },
  { id: 'qwen3-coder-flash', served: true, vision: false },
  { id: 'coder-model', served: true, vision: false },
  { id: 'vision-model', served: true, vision: true },
  { id: 'qwen-vl-max-latest', served: false, vision: true },
  { id: 'qwen-vl-plus', served: false, vision: true },
];

export function servedModel(id: string): SandboxModel | undefined {
  return MODELS.find((model) => model.id === id && model.served);
}
