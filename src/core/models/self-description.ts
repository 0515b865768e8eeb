import * as z from 'zod/mini';
// By name: `z.catch` looks like a promise's to the linter, and `const { catch: … } = z` would bundle
// all of zod, 25 ms of every start.
import { catch as orElse } from 'zod/mini';
import type { Ability } from '../qwen/models.ts';

export const ABILITIES: readonly Ability[] = ['json', 'tools', 'vision', 'reasoning'];

/** What an endpoint says of a model in its list, beyond the id. Undefined where it does not. */
export interface SelfDescription {
  abilities: readonly Ability[] | undefined;
  /** In tokens. */
  context: number | undefined;
}

/** What does not fit is as good as not there. */
const lenient = <T extends z.ZodMiniType>(type: T) => orElse(z.optional(type), undefined);

const tokens = lenient(z.number().check(z.positive()));
const words = lenient(z.array(z.string()));
const flag = lenient(z.boolean());

/** No standard has these fields; each is what some servers call it. */
const schema = z.object({
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

/** Reads one entry of a model list. */
export function selfDescription(entry: unknown): SelfDescription {
  const said = schema.safeParse(entry).data;
  if (said === undefined) return { abilities: undefined, context: undefined };
  const { context_length, max_model_len, context_window, max_context_length } = said;
  return {
    abilities: abilitiesOf(said),
    context: context_length ?? max_model_len ?? context_window ?? max_context_length,
  };
}

function abilitiesOf(said: z.infer<typeof schema>): Ability[] | undefined {
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
