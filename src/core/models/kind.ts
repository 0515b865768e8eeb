import { namesCoding } from '../qwen/known-models.ts';
import type { ModelKind } from '../qwen/models.ts';
import type { ListedModel } from './list.ts';
import type { Purpose } from './self-description.ts';

/**
 * What the names of models that answer no chat have in common, the more telling first: a reranker may
 * have the name of a family of embeddings.
 */
const NAMES: readonly (readonly [Purpose, RegExp])[] = [
  ['reranking', /rerank|(?<![a-z])colbert/i],
  ['embeddings', /embed|minilm|(?<![a-z])(bge|gte|e5)(?![a-z])/i],
  [
    'speech',
    /whisper|transcri|paraformer|(cosy|sense)voice|sambert|kokoro|realtime|livetranslate|(?<![a-z])(tts|asr|stt|speech)(?![a-z])/i,
  ],
  [
    'moderation',
    /moderation|shieldgemma|(?<![a-z])(llama-?guard|qwen3-?guard|guard(ian)?)(?![a-z])/i,
  ],
  [
    'images',
    /diffusion|dall-?e|imagen|cogview|seed(ream|ance)|(?<![a-z])(image|flux|[ti]2i)(?![a-z])/i,
  ],
  ['video', /cogvideo|(?<![a-z])(sora|veo|wanx?|[ti]2v|kf2v)(?![a-z])/i],
  ['completion', /(?<![a-z])(babbage|davinci)-002|turbo-instruct/i],
];

/** Names of models that read pictures: `qwen2.5vl:7b`, `glm-4.5v`, `llama-3.2-11b-vision`. */
const VISION =
  /llava|pixtral|moondream|internvl|minicpm-v|vlm|paligemma|molmo|(?<![a-z])(vl|vision|ocr|omni|qvq)(?![a-z])|\dv(?![a-z\d])/i;

type Described = Pick<ListedModel, 'id' | 'known' | 'said'>;

/**
 * What a model is made for: what the catalogue says; for other models what the endpoint says of them, and
 * where it says nothing what their name means.
 */
export function purposeOf({ id, known, said }: Described): Purpose {
  if (known !== undefined) return 'chat';
  const { chat, purpose, abilities = {} } = said ?? {};
  if (chat ?? Object.keys(abilities).length > 0) return 'chat';
  const [named] = NAMES.find(([, pattern]) => pattern.test(id)) ?? [];
  return purpose ?? named ?? (chat === false ? 'other' : 'chat');
}

/** The kind of a model of a list; `other` answers no chat, as far as that is known. */
export function kindOf(model: Described): ModelKind | 'other' {
  const { id, known, said } = model;
  if (known !== undefined) return known.kind;
  if (purposeOf(model) !== 'chat') return 'other';
  if (namesCoding(id)) return 'coding';
  return (said?.abilities.vision ?? VISION.test(id)) ? 'vision' : 'text';
}
