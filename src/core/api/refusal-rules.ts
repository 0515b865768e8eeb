import type { WireError } from './wire-error.ts';

/** `exhausted` is a quota that no short wait brings back. */
export type RefusalKind = 'auth' | 'api' | 'quota' | 'exhausted';

/** What a refusal is about: our own stable code, whatever words the server chose. */
export interface Verdict {
  kind: RefusalKind;
  code: string;
}

interface Rule extends Verdict {
  /** The server's code or type. */
  codes?: RegExp;
  /** The server's message, for refusals whose code says nothing. */
  messages?: RegExp;
}

/**
 * From top to bottom, the first match holds. The codes are those of DashScope (native and
 * OpenAI-compatible spelling), OpenAI, vLLM and Ollama; the messages were seen on the wire.
 */
const RULES: readonly Rule[] = [
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
    // DashScope's "Allocated quota exceeded" are tokens a minute, even as `insufficient_quota`.
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

/** Classifies one error. `status` is undefined when it came inside an answer that began with 200. */
export function classify(error: WireError, status: number | undefined): Verdict {
  const known = status ?? error.status;
  if (known === 401) return { kind: 'auth', code: 'unauthorized' };
  const rule = RULES.find(
    ({ codes, messages }) =>
      (error.code !== undefined && codes?.test(error.code)) ||
      (error.message !== undefined && messages?.test(error.message)),
  );
  return rule ? { kind: rule.kind, code: rule.code } : byStatus(known);
}

function byStatus(status: number | undefined): Verdict {
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
