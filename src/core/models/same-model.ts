/**
 * Whether the name that a server gives itself in an answer is that of the model that was asked.
 * - `same`: the same name, or a dated, prefixed or aliased form of it
 * - `variant`: the same model in another form: quantised weights, or tuned for instructions where the
 *   name asked for does not say so
 * - `other`: anything else
 */
export type Sameness = 'same' | 'variant' | 'other';

/**
 * Compares the id that was asked for with the name in an answer. Case, the separators `-`, `_` and `.`,
 * and what stands for a place rather than a model do not count. A size or a word that only one name has
 * makes another model.
 * @param served the `model` of the answer, not empty
 */
export function sameModel(asked: string, served: string): Sameness {
  if (asked === served || STANDS_FOR_ANY.test(asked)) return 'same';
  const [a, b] = [partsOf(asked), partsOf(served)];
  const router = /^(.+)-auto$/.exec(a.name)?.[1];
  if (router !== undefined && b.name.startsWith(router)) return 'same';
  if (a.name !== b.name || !agree(a.owner, b.owner) || !sameDay(a.date, b.date)) return 'other';
  if (a.tuned !== b.tuned && a.tuned !== '') return 'other';
  if (a.weights !== b.weights && a.weights !== '' && b.weights !== '') return 'other';
  const quantised = a.weights === '' && b.weights !== '' && !b.file;
  return quantised || a.tuned !== b.tuned ? 'variant' : 'same';
}

/** Names that a server replaces by the model of its choice: Qwen's login, routers, local servers. */
const STANDS_FOR_ANY =
  /^(coder-model|vision-model|(.+\/)?(auto|default|local-model|model-router))$/i;

/** What a name says, each part in lower case and '' if it says nothing. */
interface Parts {
  /** Who made the model. */
  owner: string;
  name: string;
  /** The digits of its day or version, the year first. */
  date: string;
  /** `instruct`, `chat` or `it`. */
  tuned: string;
  /** How the weights are quantised: `q4-k-m`, `fp8`, `awq`. */
  weights: string;
  /** Whether it is that of a file, whose name always says how it is quantised. */
  file: boolean;
}

function partsOf(id: string): Parts {
  const path = id.trim().slice(0, LONGEST).toLowerCase().replaceAll('\\', '/');
  const file = FILE.test(path);
  const places = placesOf(path.replace(FILE, ''));
  const last = (places.pop() ?? '').replace(DOWNLOADED, '');
  const { owner: dotted = '', rest = last } = BEDROCK.exec(last)?.groups ?? {};
  const owner = places.findLast((place) => !HOSTS.has(place)) ?? dotted;
  // A tag of Ollama is a part of the name: `qwen2.5:7b`.
  let name = rest
    .replace(ROUTING_TAG, '')
    .replace(/(?<=\d)p(?=\d)/g, '-')
    .replaceAll(/[\s_.:@]+/g, '-')
    .replace(/-(latest|default)$/, '');
  const cut = (pattern: RegExp): string => {
    const [found = ''] = pattern.exec(name) ?? [];
    name = name.slice(0, name.length - found.length);
    return found;
  };
  const weights = cut(WEIGHTS).replaceAll(NOT_QUANTISED, '').replace(/^-/, '');
  const date = dateOf(cut(DATE));
  const tuned = cut(/-(instruct|chat|it)$/).slice(1);
  return { owner, name, date, tuned, weights, file };
}

/** Characters of a name that are read: a server may send anything. */
const LONGEST = 300;

/** A file with weights, or the first of its parts. */
const FILE = /(-\d{5}-of-\d{5})?\.(gguf|ggml|safetensors|bin|pt|onnx)$/;

/** How llama.cpp names a file that it downloads: `OWNER_REPOSITORY-GGUF_` and its own name. */
const DOWNLOADED = /^[^_]+_.+-gguf_(?=.)/;

/** The segments of a path without those that name a place. */
function placesOf(path: string): string[] {
  const [, cached] = /\/models--([^/]+)/.exec(path) ?? [];
  if (cached !== undefined) return cached.split('--');
  // A folder or file of the server's machine says nothing of the owner.
  if (/^(\.{0,2}\/|~|[a-z]:\/|file:)/.test(path)) return path.split('/').filter(Boolean).slice(-1);
  return path
    .replaceAll(/(^|\/)(accounts|publishers|projects|locations|organizations)\/[^/]+(?=\/)/g, '')
    .replace(/^[^/]*\.[^/]*\/(?=.+\/)/, '')
    .split('/')
    .filter((place) => place !== '' && place !== 'models' && !place.startsWith('@'));
}

/** Whoever serves, routes or repackages a model that others made. */
const HOSTS = new Set(
  (
    'openrouter litellm azure bedrock vertex vertex_ai fireworks fireworks_ai fireworks-ai together ' +
    'together_ai togethercomputer groq deepinfra novita novitaai siliconflow pro lora nebius hyperbolic ' +
    'cerebras sambanova baseten parasail chutes featherless-ai dashscope alibaba aliyun bailian ' +
    'modelscope ollama ollama_chat library vllm hosted_vllm sglang lmstudio lm_studio ' +
    'lmstudio-community mlx-community ggml-org unsloth bartowski local ai workers-ai hf huggingface'
  ).split(' '),
);

/** Amazon Bedrock: `us.anthropic.claude-sonnet-4-20250514-v1:0`, `qwen.qwen3-32b-v1:0`. */
const BEDROCK =
  /^(?:(?:us|us-gov|eu|apac|jp|au|global)\.)?(?<owner>[a-z]+)\.(?<rest>[a-z].*)-v\d+:\d+$/;

/** What a router chooses a server by: OpenRouter; Hugging Face. */
const ROUTING_TAG =
  /:(free|nitro|floor|online|extended|exacto|beta|fastest|cheapest|preferred|cerebras|cohere|featherless-ai|fireworks-ai|groq|hf-inference|hyperbolic|nebius|novita|nscale|ovhcloud|publicai|sambanova|scaleway|together|zai-org)$/;

/** After all separators have become hyphens. */
const WEIGHTS =
  /(-(ud|i1|imat|gguf|ggml|mlx|onnx|exl2|exl3|gptq|awq|aqlm|hqq|bnb|autoround|dynamic|dwq|marlin|i?q\d(-(\d|k|xxs|xs|s|m|l|xl|nl))*|tq\d-\d|(mx|nv)?fp[48]|[bf]f?p?(16|32)|int[248]|[248]-?bits?|w\d+a\d+))+$/;

/** Containers, and weights at full precision. */
const NOT_QUANTISED = /-(gguf|ggml|mlx|onnx|[bf]f?p?(16|32))(?=-|$)/g;

const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';

/** A day, a month or a version: `2025-09-23`, `250115`, `2507`, `0905-preview`, `08-2024`, `001`. */
const DATE = new RegExp(
  `(?:-preview|-exp)?-(?:20\\d\\d-?${MONTH}(?:-?${DAY})?|2\\d${MONTH}(?:${DAY})?|${MONTH}-20\\d\\d|` +
    `${MONTH}-?${DAY}|00\\d)(?:-v\\d)?(?:-preview|-exp)?$`,
);

function dateOf(text: string): string {
  const digits = text.replace(/-v\d/, '').replaceAll(/\D+/g, '-').replaceAll(/^-|-$/g, '');
  return digits.replace(/^(\d\d)-(20\d\d)$/, '$2$1').replaceAll('-', '');
}

/** A name may say less of the day than the other: `0905` and `2025-09-05`. */
function sameDay(one: string, other: string): boolean {
  return one.includes(other) || other.includes(one);
}

function agree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}
