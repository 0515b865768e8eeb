import { ownValue } from '../json.ts';
import { SIGN_IN_AGAIN } from '../errors.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { knownModel } from '../qwen/known-models.ts';
import { PLAN_TITLES, planHint, planOfHost } from '../qwen/plans.ts';
import type { Access } from './access.ts';
import { windowOf } from './refusal-rules.ts';
import type { WireError } from './wire-error.ts';

/** What is known about the request that was refused. */
export interface RefusalContext {
  auth_type: Access['auth_type'];
  /** Whether the bearer is the token of a login. */
  login?: boolean | undefined;
  /** A secret, never shown: it is cut out of the server's text. */
  bearer?: string | undefined;
  /** More secrets that are cut out: the values of headers. */
  secrets?: readonly string[];
  model?: string | undefined;
  /** What to do when the bearer is refused, in place of the usual hint. */
  hint?: string | undefined;
  /** When the server accepts requests again, for people. */
  busy_until?: string | undefined;
  /** `max_tokens` of the request. */
  max_tokens?: number | undefined;
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
    'The Coding Plan serves coding agents only: use an API key of the standard plan.',
  free_tier_ended: FREE_TIER_ENDED,
  account_disabled: 'Check the state of the account in the console of the provider.',
  stream_options_unsupported: `Leave the field out: --extra-body '{"stream_options":null}'`,
  model_loading: 'The model is still loading: try again in a moment.',
  overloaded: 'The service is overloaded: try again later, or ask another model with -m.',
  server_error: 'The service failed on its side: try again later.',
  error_in_answer: 'The service failed during its answer: try again.',
};

const AZURE = /\.azure\.com(:\d+)?$/i;
const AZURE_URLS = `Check the base URL. Azure has two forms:
  https://NAME.openai.azure.com/openai/v1
  https://NAME.openai.azure.com/openai/deployments/ID?api-version=2024-10-21`;
const OTHER_KEY = `Check the key, and that it is for this host.
If this API takes the key in another header than Authorization: --api-key-header api-key`;

/** What to do next after a refusal with one of our codes; undefined where there is no advice. */
export function hintFor(
  code: string,
  host: string,
  context: RefusalContext,
  error: WireError = {},
): string | undefined {
  if (code === 'model_not_found') return modelHint(host, context.model);
  if (code === 'rate_limited' && context.busy_until !== undefined)
    return 'Try again then, or ask another model with -m.';
  if (code === 'context_length_exceeded') return windowHint(context, windowOf(error));
  if (code === 'max_tokens_unsupported') {
    const body = JSON.stringify({ max_completion_tokens: context.max_tokens ?? 1000 });
    return `This model takes max_completion_tokens. In place of --max-tokens: --extra-body '${body}'`;
  }
  if (code === 'not_found' && AZURE.test(host)) return AZURE_URLS;
  if (code !== 'unauthorized' && code !== 'invalid_api_key') return ownValue(HINTS, code);
  if (context.login) return SIGN_IN_AGAIN;
  if (context.bearer === undefined) {
    return `${host} needs a key: set OPENAI_API_KEY together with OPENAI_BASE_URL.`;
  }
  return isDashScopeHost(host) ? planHint(host) : OTHER_KEY;
}

function modelHint(host: string, model: string | undefined): string {
  const hint = `${host} does not serve ${model ?? 'this model'}; list its models: qwen-demo list-models`;
  const known = model === undefined ? undefined : knownModel(model);
  const plan = planOfHost(host);
  if (known === undefined || plan === undefined || known.plans.includes(plan)) return hint;
  const titles = known.plans.map((one) => (one === 'login' ? 'Qwen login' : PLAN_TITLES[one]));
  return `${hint}\n${known.id} is available with: ${titles.join(', ')}.`;
}

function windowHint({ max_tokens }: RefusalContext, window: number | undefined): string {
  const shorter = max_tokens === undefined ? '' : ', or lower --max-tokens';
  return `The messages are too long for this model: shorten them${shorter}. In a saved conversation, --max-context ${window ?? 'N'} leaves out the oldest turns.`;
}
