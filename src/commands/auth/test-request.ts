import type { AccessSource } from '../../core/api/access.ts';
import { promptMessages } from '../../core/chat/messages.ts';
import {
  ApiError,
  AuthError,
  NetworkError,
  QuotaError,
  QwenDemoError,
  rephrase,
} from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import { byDefault } from '../../core/settings/layers.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { apiClientOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { secretsOfRun } from '../secrets.ts';

/** Milliseconds for the whole test request. */
const TEST_LIMIT = 20_000;

/** What a test request uses. */
export interface TestRequest {
  send: Send;
  access: AccessSource;
}

/** The result of a test request. `line` says it in words: `ok, MODEL answered in 80 ms`. */
export type TestResult = { line: string } & (
  | { outcome: 'accepted' }
  /** `refused`: the API does not accept the credentials. `inconclusive`: any other failure. */
  | { outcome: 'refused' | 'inconclusive'; error: QwenDemoError }
);

/**
 * Sends one short question without retries: a login can succeed, and a key be well-formed, without
 * access to the API.
 * @throws the reason of `context.signal`
 */
export async function tryAccess(
  context: Context,
  {
    user_agent,
    headers,
    model,
    timeouts,
  }: Pick<Settings, 'user_agent' | 'headers' | 'model' | 'timeouts'>,
  { send, access }: TestRequest,
): Promise<TestResult> {
  const max_retries = byDefault(0);
  const { chat } = apiClientOf(
    context,
    { user_agent, headers, max_retries, timeouts },
    send,
    access,
  );
  const messages = promptMessages('Reply with the word OK.');
  const limit = context.clock.timeout(TEST_LIMIT);
  const signal = AbortSignal.any([context.signal, limit]);
  try {
    const answer = await chat({ model: model.value, messages, stream: false }, { signal });
    const model_name = secretsOfRun(context).redact(answer.model);
    const line = `ok, ${model_name} answered in ${Math.round(answer.timings.total)} ms`;
    return { outcome: 'accepted', line };
  } catch (error) {
    context.signal.throwIfAborted();
    return secretsOfRun(context).redactIn(resultOf(limit.aborted ? tooSlow() : error));
  }
}

function resultOf(error: unknown): TestResult {
  if (!(error instanceof QwenDemoError)) throw error;
  const { message } = error;
  if (error instanceof AuthError || (error instanceof QuotaError && error.permanent)) {
    return { outcome: 'refused', line: `refused: ${message}`, error };
  }
  // The API accepted the credentials and then failed for another reason.
  if (error instanceof ApiError) return { outcome: 'accepted', line: `accepted, but ${message}` };
  return { outcome: 'inconclusive', line: `not conclusive: ${message}`, error };
}

/**
 * Tests a login that is stored by now. Resolves to the result in words.
 * @throws AuthError with the code of the refusal when the API refuses the login
 */
export async function testLogin(
  context: Context,
  settings: Pick<Settings, 'user_agent' | 'headers' | 'model' | 'timeouts'>,
  { endpoint, ...request }: TestRequest & { endpoint: string },
): Promise<string> {
  const result = await tryAccess(context, settings, request);
  if (result.outcome !== 'refused') return result.line;
  const { host } = new URL(endpoint);
  const { message, hint } = result.error;
  // A quota that is used up counts as a refusal too: the exit code is that of AuthError.
  throw rephrase(new AuthError(message, result.error), {
    message: `The login itself worked and is stored, but the service refused it. ${message}`,
    hint: hint ?? `${host} does not accept it. Use an API key, or another --issuer.`,
  });
}

function tooSlow(): NetworkError {
  return new NetworkError(`No answer within ${TEST_LIMIT / 1000} s`, { code: 'test_timeout' });
}
