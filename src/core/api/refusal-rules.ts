import { SIGN_IN_AGAIN } from '../errors.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { knownModel } from '../qwen/models.ts';
import { PLAN_TITLES, planHint, planOfHost } from '../qwen/plans.ts';
import type { Access } from './access.ts';
import type { WireError } from './wire-error.ts';

/** What is known about the request that was refused. */
export interface RefusalContext {
  auth_type: Access['auth_type'];
  /** Whether the bearer is the token of a login. */
  login?: boolean | undefined;
  /** A secret, never shown: it is cut out of the server's text. */
  bearer?: string | undefined;
  model?: string | undefined;
  /** What to do when the bearer is refused, in place of the usual hint. */
  hint?: string | undefined;
}

/** The class of a refusal, whatever text the server chose. */
export interface RefusalClass {
  /** `exhausted` is a quota that does not return within minutes. */
  kind: 'auth' | 'api' | 'quota' | 'exhausted';
  /** Ours and stable: the `code` of the error. */
  code: string;
}

interface RefusalRule extends RefusalClass {
  /** Matches the server's code or type. */
  codes?: RegExp;
  /** Matches the server's message, for refusals whose code is too general. */
  messages?: RegExp;
}

/**
 * The first rule that matches holds. The codes are those of DashScope (native and
 * OpenAI-compatible spelling), OpenAI, vLLM and Ollama; the messages were seen on the wire.
 */
const RULES: readonly RefusalRule[] = [
  {
    kind: 'exhausted',
    code: 'free_quota_exhausted',
    codes: /^AllocationQuota\.Free/i,
    messages: /free (allocated )?quota|free tier/i,
  },
  {
    kind: 'exhausted',
    code: 'arrearage',
    codes: /^(Arrearage|(Prepaid|Postpaid)BillOverdue|billing_)/i,
  },
  {
    kind: 'exhausted',
    code: 'plan_quota_exhausted',
    messages: /\b(hour|day|week|month)(ly)? (allocated )?quota (is )?exceeded/i,
  },
  {
    // DashScope's "Allocated quota exceeded" means tokens per minute, even with `insufficient_quota`.
    kind: 'quota',
    code: 'rate_limited',
    codes: /^(Throttling|limit_|rate_limit|too_many_requests)/i,
    messages: /^(allocated quota exceeded|rate limit|too many requests)/i,
  },
  {
    kind: 'exhausted',
    code: 'insufficient_quota',
    codes: /^(insufficient_quota|quota_exceeded)$/i,
  },
  {
    kind: 'api',
    code: 'content_filter',
    codes: /^(data_?inspection_?failed|content_filter|content_policy_violation)$/i,
  },
  {
    kind: 'api',
    code: 'model_access_denied',
    codes: /^((\w+\.)?Access_?Denied(\.\w+)?|CommodityNotPurchased|permission_denied)$/i,
  },
  {
    kind: 'auth',
    code: 'invalid_api_key',
    codes: /^(invalid_?api_?key|invalid_?token|authentication_error)$/i,
    messages: /\b(invalid|incorrect) (api[- ]key|access token)/i,
  },
  {
    kind: 'api',
    code: 'model_not_found',
    codes: /^model(_|\.)?not_?(found|exist|supported)|^model_not_/i,
    messages:
      /\bmodel\b[\s:]*(["'`][^"'`]+["'`]|\S+)?,? (is |does |was )?not (exist|found|supported)|(unsupported|unknown|invalid|no such) model\b/i,
  },
  { kind: 'api', code: 'thinking_needs_stream', messages: /enable_thinking must be set to false/i },
  { kind: 'api', code: 'stream_required', messages: /only supports? stream mode/i },
  { kind: 'api', code: 'coding_agents_only', messages: /only available for coding agents/i },
  {
    kind: 'api',
    code: 'context_length_exceeded',
    codes: /^context_length_exceeded$/i,
    messages: /maximum context length|range of input length/i,
  },
];

/**
 * Classifies an error of a server.
 * @param status undefined for an error inside an answer that began with status 200
 */
export function classify(error: WireError, status: number | undefined): RefusalClass {
  const known = status ?? error.status;
  if (known === 401) return { kind: 'auth', code: 'unauthorized' };
  const rule = RULES.find(
    ({ codes, messages }) =>
      (error.code !== undefined && codes?.test(error.code)) ||
      (error.message !== undefined && messages?.test(error.message)),
  );
  return rule ? { kind: rule.kind, code: rule.code } : byStatus(known);
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
      return { kind: 'api', code: status >= 500 ? 'server_error' : 'bad_request' };
  }
}

const FREE_TIER_ENDED = `Qwen's free OAuth tier was switched off on 2026-04-15: a login may still succeed, and every request is refused.
Use one of these instead:
  an API key                 DASHSCOPE_API_KEY=...
  a server of your own       OPENAI_BASE_URL=http://127.0.0.1:11434/v1
  a login somewhere else     qwen-demo auth --issuer URL --client-id ID`;

const HINTS: Readonly<Record<string, string>> = {
  arrearage: 'The account has unpaid bills: settle them in the console of the provider.',
  plan_quota_exhausted: 'The quota of this plan is renewed with its next period.',
  free_quota_exhausted:
    'The free quota is used up: switch to paid use in the console of the provider, or choose another model with -m.',
  insufficient_quota: 'The quota is used up: raise it in the console of the provider.',
  payment_required: 'The balance is used up: top it up in the console of the provider.',
  rate_limited: 'Too many requests or tokens at the moment: wait a minute and try again.',
  content_filter: 'The content filter of the service stopped this: change the wording.',
  model_access_denied:
    'This account may not use the model: activate it in the console of the provider, or choose another with -m.',
  forbidden: 'The account has no permission: check its rights in the console of the provider.',
  not_found: 'Check the base URL: most end in /v1.',
  thinking_needs_stream: 'This model can think only in a stream: add -s.',
  stream_required: 'This model answers only as a stream: add -s.',
  coding_agents_only:
    'The Coding Plan serves coding agents only: use a standard API key, or set --user-agent.',
  free_tier_ended: FREE_TIER_ENDED,
  context_length_exceeded: 'The messages are too long for this model: shorten them.',
  server_error: 'The service failed on its side: try again later.',
  error_in_answer: 'The service failed during its answer: try again.',
};

/** What to do next after a refusal with one of our codes; undefined where there is no advice. */
export function hintFor(code: string, host: string, context: RefusalContext): string | undefined {
  if (code === 'model_not_found') return modelHint(host, context.model);
  if (code !== 'unauthorized' && code !== 'invalid_api_key') return HINTS[code];
  if (context.login) return SIGN_IN_AGAIN;
  if (context.bearer === undefined) {
    return `${host} needs a key: set OPENAI_API_KEY together with OPENAI_BASE_URL.`;
  }
  return isDashScopeHost(host) ? planHint(host) : 'Check the key, and that it is for this host.';
}

function modelHint(host: string, model: string | undefined): string {
  const hint = `${host} does not serve ${model ?? 'this model'}; list its models: qwen-demo list-models`;
  const known = model === undefined ? undefined : knownModel(model);
  const plan = planOfHost(host);
  if (known === undefined || plan === undefined || known.plans.includes(plan)) return hint;
  const titles = known.plans.map((one) => (one === 'login' ? 'Qwen login' : PLAN_TITLES[one]));
  return `${hint}\n${known.id} is available with: ${titles.join(', ')}.`;
}
