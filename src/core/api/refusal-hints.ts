import type { Access } from './access.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { planHint } from '../qwen/plans.ts';

/** What is known about the request that was refused. */
export interface RefusalContext {
  auth_type: Access['auth_type'];
  /** Never shown: it is cut out of whatever the server says. */
  bearer?: string | undefined;
  model?: string | undefined;
}

const FREE_TIER_ENDED = `Qwen's free OAuth tier was switched off on 2026-04-15: a login may still succeed, and every request is refused.
Use one of these instead:
  an API key                 DASHSCOPE_API_KEY=...
  a server of your own       OPENAI_BASE_URL=http://127.0.0.1:11434/v1
  a login somewhere else     qwen-demo auth --issuer URL`;

const HINTS: Readonly<Record<string, string>> = {
  arrearage: 'The account has unpaid bills: settle them in the console of the provider.',
  plan_quota_exhausted: 'The quota of this plan comes back with its next period.',
  insufficient_quota: 'The quota is used up: raise it in the console of the provider.',
  payment_required: 'The balance is used up: top it up in the console of the provider.',
  rate_limited: 'Too many requests or tokens for now: wait a minute and try again.',
  content_filter: 'The content filter of the service stopped this: word it differently.',
  model_access_denied:
    'This account may not use the model: activate it in the console of the provider, or take another with -m.',
  forbidden: 'The account may not do this: check its rights in the console of the provider.',
  not_found: 'Check the base URL: most end in /v1.',
  thinking_needs_stream: 'This model thinks only in a stream: add -s.',
  stream_required: 'This model answers only as a stream: add -s.',
  coding_agents_only:
    'The Coding Plan admits coding agents only: use a standard API key, or set --user-agent.',
  context_length_exceeded: 'The messages are too long for this model: shorten them.',
  server_error: 'The service failed on its side: try again later.',
  error_in_answer: 'The service gave up while it answered: try again.',
};

/** What to do next after a refusal with one of our codes. */
export function hintFor(code: string, host: string, context: RefusalContext): string | undefined {
  if (code === 'free_tier_ended') return FREE_TIER_ENDED;
  if (code === 'free_quota_exhausted') {
    return 'The free quota is used up: switch to paid use in the console of the provider, or take another model with -m.';
  }
  if (code === 'model_not_found') {
    return `${host} does not serve ${context.model ?? 'this model'}; see which it does: qwen-demo list-models`;
  }
  if (code !== 'unauthorized' && code !== 'invalid_api_key') return HINTS[code];
  if (context.auth_type === 'qwen-oauth') return 'Sign in again: qwen-demo auth';
  if (context.bearer === undefined) {
    return `${host} wants a key: set OPENAI_API_KEY beside OPENAI_BASE_URL.`;
  }
  return isDashScopeHost(host) ? planHint(host) : 'Check the key, and that it is for this host.';
}
