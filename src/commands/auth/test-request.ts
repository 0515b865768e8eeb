import type { AccessSource } from '../../core/api/access.ts';
import { promptMessages } from '../../core/chat/messages.ts';
import { ApiError, AuthError, NetworkError, QuotaError, QwenDemoError } from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { clientOf } from '../connect.ts';
import type { Context } from '../context.ts';

/** Milliseconds the test request may take: what is being tested is stored by then. */
const TEST_LIMIT = 20_000;

const NONE = { value: 0, source: 'default' };

export interface TestRequest {
  send: Send;
  access: AccessSource;
  endpoint: string;
  /** What is put to the test, to begin a message: `The login itself worked and is stored`. */
  so_far: string;
}

/** How a test request went. */
export interface TestResult {
  /** In words: `ok, MODEL answered in 80 ms`, or why not. */
  line: string;
  /** Why the API did not let us in. Absent when it did, or could not be asked. */
  refusal?: QwenDemoError;
  /** What else went wrong. */
  failure?: QwenDemoError;
}

/** One small question, because a login can succeed, and a key be well-formed, and lead nowhere. */
export async function tryAccess(
  context: Context,
  settings: Settings,
  { send, access }: Pick<TestRequest, 'send' | 'access'>,
): Promise<TestResult> {
  const { chat } = clientOf(context, { ...settings, max_retries: NONE }, send, access);
  const model = settings.model.value;
  const messages = promptMessages('Reply with the word OK.');
  const limit = context.clock.timeout(TEST_LIMIT);
  const signal = AbortSignal.any([context.signal, limit]);
  try {
    const answer = await chat({ model, messages, stream: false }, { signal });
    return { line: `ok, ${answer.model} answered in ${Math.round(answer.timings.total)} ms` };
  } catch (error) {
    context.signal.throwIfAborted();
    return judge(limit.aborted ? tooSlow() : error);
  }
}

function judge(error: unknown): TestResult {
  if (!(error instanceof QwenDemoError)) throw error;
  const { message } = error;
  if (error instanceof AuthError || (error instanceof QuotaError && error.permanent)) {
    return { line: `refused: ${message}`, refusal: error };
  }
  // The API let us in and had something else to say, or could not be asked now.
  if (error instanceof ApiError) return { line: `accepted, but ${message}` };
  return { line: `not conclusive: ${message}`, failure: error };
}

function tooSlow(): NetworkError {
  return new NetworkError(`No answer within ${TEST_LIMIT / 1000} s`, { code: 'test_timeout' });
}

/**
 * `tryAccess` for what must be let in. Resolves to how it went.
 * @throws AuthError when the API refuses the login
 */
export async function testAccess(
  context: Context,
  settings: Settings,
  test: TestRequest,
): Promise<string> {
  const { line, refusal } = await tryAccess(context, settings, test);
  if (refusal) throw refused(refusal, test.endpoint, test.so_far);
  return line;
}

function refused(
  { message, code, hint, status, request_id }: QwenDemoError,
  endpoint: string,
  so_far: string,
): AuthError {
  const { host } = new URL(endpoint);
  return new AuthError(`${so_far}, but the service refused it. ${message}`, {
    code,
    hint: hint ?? `${host} does not accept it. Use an API key, or another --issuer.`,
    ...(status !== undefined && { status }),
    ...(request_id !== undefined && { request_id }),
  });
}
