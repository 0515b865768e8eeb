import { TRANSIENT_STATUSES } from '../http/retry.ts';
import { type WireError, wordsOf } from './wire-error.ts';

/** The class of a refusal, whatever text the server chose. */
export interface RefusalClass {
  /**
   * `exhausted` is a quota that does not return within minutes; `passing` a failure of the server that
   * can pass within minutes.
   */
  kind: 'auth' | 'api' | 'quota' | 'exhausted' | 'passing';
  /** Ours and stable: the `code` of the error. */
  code: string;
}

interface RefusalRule extends RefusalClass {
  /** Matches a code, a type, a status in words or a reason of the server. */
  codes?: RegExp;
  /** Matches the server's message, for refusals whose code is too general. */
  messages?: RegExp;
}

/** A server that is not ready yet, and will be. "Error loading model" is none of these. */
const MODEL_LOADING =
  /^(?!.*\b(error|fail\w*|unable|cannot|can't|could not|couldn't)\b).*(\bloading (the )?model\b|\b(model|server|engine|deployment|endpoint|instance|worker|weights)\b.{0,160}\b(loading|starting( up)?|booting|warming( up)?|scaling up|initiali[sz]ing|not (yet )?ready)\b|\bcold start)/is;

/** Messages longer than the context window, in the words of the servers that have no code for it. */
const CONTEXT_EXCEEDED = new RegExp(
  [
    'maximum (context|prompt|model) length|context the overflows|context overflows?\\b',
    'context (length|size|window|limit)\\b.{0,60}\\b(exceeded|overflow|too (long|small))',
    '\\b(exceeds?|greater than|larger than|longer than|beyond)\\b.{0,60}\\bcontext (length|size|window|limit)',
    'exceed context window|range of input length|exceeded model token limit|input token count.{0,40}exceeds',
    '(prompt|input|tokens|input (token )?length) (is )?too long|too many (input |prompt )?tokens|prompt 超长',
    '\\bexceeds? (the )?max(imum)? (allowed )?(token|seq\\w*|input) (size|len)',
    'inputs?`? (tokens|must have).{0,60}(<=|less than) \\d',
  ].join('|'),
  'is',
);

/** A model of OpenAI that reasons refuses `max_tokens`. */
const WANTS_COMPLETION_TOKENS =
  /\b(use|with|by|favou?r of|prefer)\W+(the )?\W*max_?completion_?tokens\b|\bmax_?tokens\W+(parameter )?(is |are )?(not|un)\W?supported\b.*\bmax_?completion_?tokens\b/is;

/**
 * The first rule that matches holds. The codes are those of DashScope (native and OpenAI-compatible
 * spelling), OpenAI, Azure, Gemini, Anthropic, Moonshot, MiniMax (`base_resp`), one-api, OpenRouter,
 * vLLM, llama.cpp and Ollama. Of the numbers, those of four digits are Zhipu's (docs.bigmodel.cn,
 * api-code) and those of five SiliconFlow's. The messages were seen on the wire.
 */
const RULES: readonly RefusalRule[] = [
  {
    kind: 'passing',
    code: 'model_loading',
    messages: MODEL_LOADING,
  },
  {
    kind: 'exhausted',
    code: 'free_quota_exhausted',
    codes: /^AllocationQuota\.Free/i,
    messages: /free (allocated )?quota|free tier of/i,
  },
  {
    kind: 'exhausted',
    code: 'arrearage',
    codes: /^(Arrearage|(Prepaid|Postpaid)BillOverdue|AccountOverdue|billing_|1113$)/i,
    messages: /欠费|overdue (bill|payment|balance)/i,
  },
  {
    kind: 'exhausted',
    code: 'payment_required',
    codes: /^(insufficient_(balance|credits?|funds)(_error)?|30001|base_resp 1008)$/i,
    messages:
      /insufficient (\w+ )?(balance|credits?|funds)|balance (is |was )?(insufficient|not enough|too low)|(not enough|out of|more) credits|余额不足/i,
  },
  {
    kind: 'exhausted',
    code: 'plan_quota_exhausted',
    codes: /^(130[49]|1308|1310|base_resp 2056)$|PerDay/,
    messages:
      /\b(hour|day|week|month)(ly)? (allocated )?quota (is )?exceeded|\bper[- ]day\b|\bdaily\b.{0,40}\b(limit|quota)|(usage limit|usage cap)\b.{0,60}\b(reached|period|cycle|reset)|reached .{0,30}usage limit|\blimit: 0\b/i,
  },
  {
    // DashScope's "Allocated quota exceeded" means tokens per minute, even with `insufficient_quota`;
    // Gemini's "You exceeded your current quota" can mean requests per minute.
    kind: 'quota',
    code: 'rate_limited',
    codes:
      /^(Throttling|limit_|rate_?limit|too_?many_?requests|(RESOURCE_EXHAUSTED|130[235]|1313|base_resp (1002|1039|1041|2045))$)/i,
    messages: /^(allocated quota exceeded|rate limit|too many requests)/i,
  },
  {
    kind: 'exhausted',
    code: 'insufficient_quota',
    codes:
      /^(insufficient_(user_)?quota|quota_exceeded|exceeded_current_quota(_error)?|budget_exceeded|pre_consume_token_quota_failed)$/i,
    messages:
      /exceeded your (current|monthly) (quota|spend)|\b(key|credit|spend(ing)?) limit exceeded|\bbudget (has been )?exceeded|额度(不足|已用尽)/i,
  },
  {
    kind: 'quota',
    code: 'rate_limited',
    messages:
      /rate[- ]limit(ed|s|ing)?\b|too many requests|requests? per minute|tokens per minute|\b(qps|rpm|tpm)\b.{0,30}\blimit/i,
  },
  {
    kind: 'api',
    code: 'content_filter',
    codes:
      /^(data_?inspection_?failed|content_?filter|content_policy_violation|ResponsibleAIPolicyViolation|1300|1301|base_resp 102[67])$/i,
    messages: /\brequires moderation\b|was flagged\b|considered high risk/i,
  },
  { kind: 'api', code: 'coding_agents_only', messages: /only available for coding agents/i },
  {
    kind: 'auth',
    code: 'invalid_api_key',
    codes:
      /^(((invalid|incorrect)_?(api_?)?(key|token|authentication)|authentication|unauthenticated|unauthorized)(_?error)?|API_KEY_INVALID|100[0-4]|base_resp (1004|2049))$/i,
    messages:
      /\b(invalid|incorrect|wrong|expired|missing|no) (api[- ]?(key|token)|access token)|\b(api[- ]?(key|token)|access token)\b.{0,30}\b(invalid|not (valid|found)|incorrect|expired|revoked|leaked|missing|required)\b|^invalid (token|authentication)\b|\bunregistered callers\b|(令牌|密钥).{0,4}(无效|过期)|无效的(令牌|密钥)|身份验证失败/i,
  },
  {
    kind: 'auth',
    code: 'account_disabled',
    codes:
      /^(111[0-2]|1121|account_(deactivated|disabled|inactive|suspended)|access_terminated.*)$/i,
    messages: /\baccount\b.{0,30}\b(deactivated|disabled|suspended|not active|inactive|locked)\b/i,
  },
  {
    kind: 'api',
    code: 'model_access_denied',
    codes:
      /^((\w+\.)?Access_?Denied(\.\w+)?|CommodityNotPurchased|permission_denied(_error)?|1220|1311|30003)$/i,
  },
  {
    kind: 'api',
    code: 'context_length_exceeded',
    codes:
      /^(context_length_exceeded|exceed_context_size_error|context_window_exceeded|string_above_max_length|1261)$/i,
    messages: CONTEXT_EXCEEDED,
  },
  {
    kind: 'api',
    code: 'max_tokens_unsupported',
    messages: WANTS_COMPLETION_TOKENS,
  },
  {
    kind: 'api',
    code: 'stream_options_unsupported',
    messages:
      /\bstream_options\b.{0,80}\b(not (supported|permitted|allowed)|unsupported|unexpected|forbidden)|\b(un(supported|recognized|known|expected)|extra|additional|invalid)\b.{0,80}\bstream_options\b/is,
  },
  {
    kind: 'api',
    code: 'model_not_found',
    codes:
      /^model(_|\.)?not_?(found|exist|supported)|^model_not_|^(1211|20012|DeploymentNotFound|InvalidEndpointOrModel.*)$/i,
    messages:
      /\bmodel\b[\s:]*(["'`][^"'`]+["'`]|\S+)?,? (is |does |was )?not (exist|found|supported)|\bmodels\/\S+ is not found|not found the model|no endpoints found|(unsupported|unknown|invalid|no such) model\b|is not a valid model/i,
  },
  { kind: 'api', code: 'thinking_needs_stream', messages: /enable_thinking must be set to false/i },
  { kind: 'api', code: 'stream_required', messages: /only supports? stream mode/i },
  {
    kind: 'passing',
    code: 'overloaded',
    codes:
      /overload|^((server|service|system)_?(is_?)?busy|1120|1312|50\d0\d|base_resp (1013|1024|1033))$|insufficient_system_resource/i,
    messages:
      /\boverloaded\b|\b(server|system|service|model|engine)\b.{0,20}\bbusy\b|\b(at|over|no) (available )?capacity\b|\bcapacity\b.{0,20}\bexceeded\b|maximum pending requests|(服务|系统|服务器|模型).{0,6}(繁忙|过载)|访问量过大/i,
  },
  {
    kind: 'passing',
    code: 'server_error',
    codes:
      /^(server_?error|internal_?(server_?)?error(\.\w+)?|api_error|service_?(temporarily_?)?unavailable(_error|error)?|unavailable(_error)?|internal|deadline_exceeded|upstream_error|(request_?)?timeout(_error)?|network_error|1230|1234|base_resp 100[01])$/i,
    messages:
      /\b(internal server error|internal error|bad gateway|service (is )?(temporarily )?unavailable|temporarily unavailable|gateway time-?out|upstream (request )?time-?out|upstream connect error|connection reset)\b/i,
  },
];

/**
 * Classifies an error of a server.
 * @param status undefined for an error inside an answer that began with status 200
 */
export function classify(error: WireError, status: number | undefined): RefusalClass {
  const known = status ?? error.status;
  const words = wordsOf(error).map((word) => word.slice(0, LONGEST_WORD));
  const message = error.message?.slice(0, EXAMINED) ?? '';
  const rule = RULES.find(
    ({ kind, codes, messages }) =>
      (kind !== 'passing' || canPass(known)) &&
      ((codes !== undefined && words.some((word) => codes.test(word))) || messages?.test(message)),
  );
  // one-api refuses a key without quota so.
  if (known === 401 && rule?.kind !== 'exhausted') return { kind: 'auth', code: 'unauthorized' };
  return rule ? { kind: rule.kind, code: rule.code } : byStatus(known);
}

/** Characters of a message and of a word that patterns search: more would cost too much time. */
const EXAMINED = 4096;
const LONGEST_WORD = 200;

/** Whether a status leaves it open that the failure is one of the server: 429 is a limit of its own. */
function canPass(status: number | undefined): boolean {
  return status === undefined || TRANSIENT_STATUSES.has(status);
}

function byStatus(status: number | undefined): RefusalClass {
  switch (status) {
    case 402:
      return { kind: 'exhausted', code: 'payment_required' };
    case 403:
      return { kind: 'api', code: 'forbidden' };
    case 404:
      return { kind: 'api', code: 'not_found' };
    case 429:
      return { kind: 'quota', code: 'rate_limited' };
    default:
      if (status === undefined) return { kind: 'api', code: 'error_in_answer' };
      if (canPass(status)) return { kind: 'passing', code: 'server_error' };
      return { kind: 'api', code: status >= 500 ? 'server_error' : 'bad_request' };
  }
}

/** Whether a refusal says that the model is not ready yet: the status and the message together do. */
export function isLoading(error: WireError, status: number): boolean {
  if (!canPass(status) && status !== 409 && status !== 429) return false;
  return MODEL_LOADING.test(error.message?.slice(0, EXAMINED) ?? '');
}

/** The context window that a server names in its refusal, in tokens. */
export function windowOf({ window, message: said = '' }: WireError): number | undefined {
  if (window !== undefined) return window;
  const message = said.slice(0, EXAMINED);
  const named = WINDOWS.map((pattern) => pattern.exec(message)?.[1]).find(Boolean);
  return named === undefined ? undefined : Number(named);
}

/** Where messages name the window. Some name the tokens of the request too: `5000 > 4096`. */
const WINDOWS: readonly RegExp[] = [
  /\bn_ctx\D{0,4}(\d+)/i,
  /\d(?: tokens)? ?> ?(\d+)/i,
  /\bmust be <= ?(\d+)/i,
  /(?:(?:context|prompt|model|token|seq) (?:length|len|size|window)|token limit)\D{0,40}?(\d+)/i,
  /input length should be \[1, (\d+)\]/i,
];

/** The codes of failures that can pass: those of the rules, and `server_error` for a status. */
export const PASSING_CODES: ReadonlySet<string> = new Set(
  RULES.flatMap(({ kind, code }) => (kind === 'passing' ? [code] : [])),
);
