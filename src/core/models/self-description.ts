import { isFields } from '../json.ts';
import { ABILITIES, type Ability } from '../qwen/models.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a model is made for. Only `chat` answers `POST /chat/completions` with text. */
export type Purpose =
  | 'chat'
  | 'completion'
  | 'embeddings'
  | 'images'
  | 'moderation'
  | 'other'
  | 'reranking'
  | 'speech'
  | 'video';

/** US dollars for a million tokens. */
export interface Price {
  prompt: number;
  completion: number;
}

/** What an endpoint says about a model in its list, besides the id. Undefined: it says nothing. */
export interface SelfDescription {
  /** Whether it has the ability; without an entry nothing is said of it. */
  abilities: Partial<Record<Ability, boolean>>;
  /** Tokens that question and answer may have together. */
  context: number | undefined;
  /** False for a model that answers no chat: for embeddings, pictures, speech. */
  chat: boolean | undefined;
  /** What it is made for instead, if the endpoint has a word for that. */
  purpose: Exclude<Purpose, 'chat'> | undefined;
  price: Price | undefined;
}

/**
 * Reads the description of a model from its entry in a model list. No standard names these fields:
 * the comments name the servers that send them. A field of another type counts as absent.
 */
export function selfDescription(entry: unknown): SelfDescription {
  const said = isFields(entry) ? entry : {};
  return {
    abilities: abilitiesOf(said),
    context: contextOf(said),
    chat: chatOf(said),
    purpose: chatOf(said) === false ? purposeOfWords(kindWords(said)) : undefined,
    price: priceOf(said),
  };
}

/**
 * The window that requests are held to: what is loaded comes before what the model was made for,
 * which a local server seldom loads (llama.cpp: `n_ctx_train`, LM Studio: `max_context_length`).
 */
function contextOf(said: Fields): number | undefined {
  const meta = fields(said.meta);
  const limits = [said.limits, fields(said.capabilities).limits].map(fields);
  const served = tokens(fields(said.top_provider).context_length);
  const named = firstTokens(
    // LM Studio; llama.cpp and llama-swap; vLLM and SGLang.
    said.loaded_context_length,
    meta.n_ctx,
    said.max_model_len,
    // OpenRouter, Together; Groq; Mistral and LM Studio.
    said.context_length,
    said.context_window,
    said.max_context_length,
    // Fireworks; Novita; gateways.
    said.contextLength,
    said.context_size,
    said.max_context_window,
    fields(said.metadata).context_length,
    // Copilot; GitHub Models.
    ...limits.map((limit) => limit.max_context_window_tokens),
    ...limits.map((limit) => limit.max_input_tokens),
    // Anthropic; Gemini.
    said.max_input_tokens,
    said.inputTokenLimit,
    said.max_position_embeddings,
    meta.n_ctx_train,
  );
  // OpenRouter: the provider that is asked first may hold less than the model could.
  return served !== undefined && named !== undefined ? Math.min(served, named) : (served ?? named);
}

const fields = (value: unknown): Fields => (isFields(value) ? value : {});

/** Tokens. A larger number stands for "no limit". */
const MOST_TOKENS = 1e9;

/** Some servers write the number as text. */
function tokens(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  const whole = typeof count === 'number' && Number.isSafeInteger(count);
  return whole && count > 0 && count <= MOST_TOKENS ? count : undefined;
}

const firstTokens = (...values: unknown[]) => values.map(tokens).find(Boolean);

/** The words that say an ability, with `_` for other separators. */
const WORDS: Readonly<Record<Ability, readonly string[]>> = {
  json: ['structured_outputs', 'structured_output', 'json_schema'],
  tools: ['tools', 'tool_calls', 'tool_calling', 'tool_use', 'function_calling', 'tool_choice'],
  vision: ['vision', 'image_input', 'multimodal'],
  reasoning: ['reasoning', 'thinking', 'include_reasoning', 'enable_thinking', 'reasoning_effort'],
};

function abilitiesOf(said: Fields): SelfDescription['abilities'] {
  const parameters = words(said.supported_parameters);
  const modalities = inputModalities(said);
  const claims = new Map([
    ...flags(said.capabilities),
    ...flags(fields(said.capabilities).supports),
    // DeepInfra, Novita, SiliconFlow and Chutes; a list says what is there, not what is missing.
    ...[said.capabilities, said.features, said.supported_features]
      .flatMap((list) => words(list) ?? [])
      .map((word) => [word, true] as const),
    // Fireworks.
    ...[['vision', said.supports_image_input] as const, ['tools', said.supports_tools] as const]
      .filter(([, value]) => typeof value === 'boolean')
      .map(([word, value]) => [word, value === true] as const),
    // LM Studio: a vision language model.
    ...(said.type === 'vlm' ? [['vision', true] as const] : []),
  ]);
  const signs = ABILITIES.map((ability) => {
    const listed = ability === 'vision' ? modalities?.includes('image') : has(parameters, ability);
    const claimed = WORDS[ability].map((word) => claims.get(word));
    const claim =
      claimed.find((value) => value === true) ?? claimed.find((value) => value === false);
    return [ability, listed ?? claim] as const;
  });
  return Object.fromEntries(signs.filter(([, sign]) => sign !== undefined));
}

/** A list of parameters is complete: what it does not name is not there. */
function has(parameters: readonly string[] | undefined, ability: Ability): boolean | undefined {
  if (parameters === undefined || parameters.length === 0) return undefined;
  return WORDS[ability].some((word) => parameters.includes(word));
}

/** The entries of an object that are true or false: Mistral `true`, Anthropic `{supported: true}`. */
function flags(value: unknown): [string, boolean][] {
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, flag]): [string, boolean][] => {
    const said = isFields(flag) ? flag.supported : flag;
    return typeof said === 'boolean' ? [[normal(name), said]] : [];
  });
}

function words(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((word) => typeof word === 'string').map(normal);
}

const normal = (word: string) => word.toLowerCase().replaceAll(/[\s-]+/g, '_');

/** OpenRouter and llama.cpp; GitHub Models; OpenRouter before (`text+image->text`). */
function inputModalities(said: Fields): string[] | undefined {
  const architecture = fields(said.architecture);
  const modalities = fields(said.modalities);
  const lists = [
    architecture.input_modalities,
    said.input_modalities,
    said.supported_input_modalities,
    modalities.input,
  ];
  const arrow = [architecture.modality, said.modality].find((text) => typeof text === 'string');
  const named = arrow?.includes('->') === true ? arrow.split('->')[0]?.split('+') : undefined;
  return lists.map(words).find((list) => list !== undefined && list.length > 0) ?? named;
}

/** The words of Together, LM Studio and others for what is no chat model. */
const NO_CHAT: readonly (readonly [Exclude<Purpose, 'chat'>, RegExp])[] = [
  ['reranking', /rerank/i],
  ['embeddings', /embed|feature-extraction|sentence-similarity/i],
  ['speech', /audio|speech|transcri|tts|asr/i],
  ['moderation', /moderation/i],
  ['video', /video/i],
  ['images', /image/i],
];

function purposeOfWords(kinds: readonly string[]) {
  return NO_CHAT.find(([, pattern]) => kinds.some((kind) => pattern.test(kind)))?.[0];
}

/** The words for what a model is, or for what it writes. */
function kindWords(said: Fields): readonly string[] {
  const kind = [said.type, said.model_type, said.task, fields(said.capabilities).type].find(
    (type): type is string => typeof type === 'string' && type !== 'model',
  );
  const named = kind === undefined ? [] : [kind];
  // Ollama: `embedding` alone.
  return [...named, ...(words(said.capabilities) ?? []), ...(outputModalities(said) ?? [])];
}

function outputModalities(said: Fields): string[] | undefined {
  return (
    words(fields(said.architecture).output_modalities) ??
    words(said.output_modalities) ??
    words(said.supported_output_modalities)
  );
}

function chatOf(said: Fields): boolean | undefined {
  const capabilities = fields(said.capabilities);
  // Mistral.
  if (typeof capabilities.completion_chat === 'boolean') return capabilities.completion_chat;
  // Fireworks.
  if (typeof said.supports_chat === 'boolean') return said.supports_chat;
  const output = outputModalities(said) ?? [];
  if (output.length > 0) return output.includes('text') ? undefined : false;
  const kinds = kindWords(said);
  const talks = kinds.some((kind) => /to-text|chat|complet|generat|tool|image_input/i.test(kind));
  return purposeOfWords(kinds) !== undefined && !talks ? false : undefined;
}

/** Less is the price of one token (OpenRouter, Vercel), more that of a million (Together, Chutes). */
const DEAREST_TOKEN = 0.001;

function priceOf(said: Fields): Price | undefined {
  const pricing = fields(said.pricing ?? fields(said.metadata).pricing);
  const prompt = dollars(pricing.prompt ?? pricing.input ?? pricing.input_tokens);
  const completion = dollars(pricing.completion ?? pricing.output ?? pricing.output_tokens);
  return prompt === undefined || completion === undefined ? undefined : { prompt, completion };
}

/** OpenRouter writes numbers as text, and -1 for a price that depends on the request. */
function dollars(value: unknown): number | undefined {
  const text = typeof value === 'string' && /^\d{1,9}(\.\d{1,30})?(e-\d{1,2})?$/i.test(value);
  const price = text ? Number(value) : value;
  if (typeof price !== 'number' || !(price >= 0) || price > 1e6) return undefined;
  return Number((price < DEAREST_TOKEN ? price * 1e6 : price).toPrecision(6));
}
