import { fixedAccess } from '../../core/api/access.ts';
import {
  AuthError,
  NetworkError,
  QuotaError,
  QwenDemoError,
  UsageError,
} from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import { listModels } from '../../core/models/list.ts';
import { PLAN_ENDPOINTS, PLAN_TITLES, type PlanEndpoint } from '../../core/qwen/plans.ts';
import { byDefault } from '../../core/settings/layers.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { canAsk, confirm } from '../../terminal/confirm.ts';
import { apiClientOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { tryAccess } from './test-request.ts';

/** Milliseconds for one request: those that do not answer are not where the key belongs. */
const LIMIT = 15_000;

/**
 * Asks at the terminal whether a key may be sent to the endpoints of all plans.
 * @throws UsageError `plan_needed` without a terminal, and when the answer is no
 */
export async function askToFindEndpoint(context: Context): Promise<void> {
  const { terminal, signal } = context;
  if (canAsk(terminal)) {
    const places = PLAN_ENDPOINTS.map((place) => `\n  ${nameOf(place)}`).join('');
    notice(
      context,
      `A key belongs to one plan in one region, and none is named. These are known:${places}`,
    );
    const question = 'Send the key to one after the other, until one accepts it?';
    if (await confirm(terminal, question, signal)) return;
  }
  throw new UsageError('A key belongs to one plan in one region, and none is named', {
    code: 'plan_needed',
    hint:
      'The key was not sent. Name its plan and region (default: cn), or the base URL of another server:\n' +
      '  qwen-demo auth login --with-api-key --plan standard --region intl\n' +
      '  qwen-demo auth login --with-api-key --base-url https://api.example.com/v1',
  });
}

/**
 * The endpoint that accepts a key: the first that gives its list of models or, without a list, answers
 * a question.
 * @throws AuthError `invalid_api_key` when none does; NetworkError when none can be reached
 */
export async function findEndpoint(
  context: Context,
  settings: Settings,
  send: Send,
  api_key: string,
): Promise<string> {
  const errors: { place: PlanEndpoint; error: QwenDemoError }[] = [];
  for (const place of PLAN_ENDPOINTS) {
    const error = await refusalAt(context, settings, send, { place, api_key });
    if (error === undefined) {
      notice(context, `${nameOf(place)} accepts the key.`);
      return place.endpoint;
    }
    errors.push({ place, error });
  }
  const [first] = errors;
  if (first && errors.every(({ error }) => error instanceof NetworkError)) throw first.error;
  throw new AuthError('No endpoint accepts this key, and it was not stored', {
    code: 'invalid_api_key',
    hint: [
      ...errors.map(({ place, error }) => `${nameOf(place)}: ${error.message}`),
      'A key for one workspace, as in de and jp: qwen-demo auth login --with-api-key --region jp --workspace ID',
    ].join('\n'),
  });
}

const nameOf = ({ plan, region, endpoint }: PlanEndpoint) =>
  `${PLAN_TITLES[plan]}, ${region} (${new URL(endpoint).host})`;

/** Why an endpoint does not accept a key; undefined when it does. */
async function refusalAt(
  context: Context,
  settings: Settings,
  send: Send,
  { place: { endpoint }, api_key }: { place: PlanEndpoint; api_key: string },
): Promise<QwenDemoError | undefined> {
  const access = fixedAccess(endpoint, api_key, settings.api_key_header?.value);
  const { request } = apiClientOf(
    context,
    { ...settings, max_retries: byDefault(0) },
    send,
    access,
  );
  const signal = AbortSignal.any([context.signal, context.clock.timeout(LIMIT)]);
  try {
    const list = await listModels({ request, known: [], signal });
    if (list.live) return undefined;
    const result = await tryAccess(context, settings, { send, access });
    return result.outcome === 'accepted' ? undefined : result.error;
  } catch (error) {
    context.signal.throwIfAborted();
    // A quota that is used up does not make the key wrong.
    if (error instanceof QuotaError) return undefined;
    if (error instanceof QwenDemoError) return error;
    return new NetworkError(`no answer within ${LIMIT / 1000} s`, { code: 'test_timeout' });
  }
}
