import { namesCoding } from '../qwen/known-models.ts';
import type { ModelKind } from '../qwen/models.ts';
import type { ListedModel } from './list.ts';

/** Names of models for embeddings, pictures, speech and the like, which answer no chat. */
const NO_CHAT =
  /embed|minilm|rerank|whisper|transcri|moderation|diffusion|paraformer|(cosy|sense)voice|sambert|kokoro|dall-?e|imagen|cogvi(ew|deo)|seed(ream|ance)|(?<![a-z])(tts|asr|stt|speech|image|flux|sora|veo|wanx?|bge|gte|e5|[ti]2[iv])(?![a-z])/i;

/** Names of models that read pictures: `qwen2.5vl:7b`, `glm-4.5v`, `llama-3.2-11b-vision`. */
const VISION =
  /llava|pixtral|moondream|internvl|minicpm-v|vlm|paligemma|molmo|(?<![a-z])(vl|vision|ocr|omni|qvq)(?![a-z])|\dv(?![a-z\d])/i;

/**
 * What a model of a list is for: what the catalog says; for other models what the endpoint says of
 * them, and where it says nothing what their name means. `other` answers no chat, as far as that is
 * known.
 */
export function kindOf({ id, known, said }: ListedModel): ModelKind | 'other' {
  if (known !== undefined) return known.kind;
  const { chat, abilities = {} } = said ?? {};
  const described = chat ?? (Object.keys(abilities).length > 0 || undefined);
  if (!(described ?? !NO_CHAT.test(id))) return 'other';
  if (namesCoding(id)) return 'coding';
  return (abilities.vision ?? VISION.test(id)) ? 'vision' : 'text';
}
