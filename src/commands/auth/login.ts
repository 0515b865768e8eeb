import { loginAccess, loginEndpoint } from '../../core/api/login-access.ts';
import { promptMessages } from '../../core/chat/messages.ts';
import { type Credentials, mergeTokenResponse } from '../../core/credentials/credentials.ts';
import type { Origin } from '../../core/credentials/credentials.ts';
import { ApiError, AuthError, QuotaError, QwenDemoError, UsageError } from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import { authorizeDevice } from '../../core/oauth/device-flow.ts';
import {
  type AuthorizationServer,
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  QWEN_SCOPE,
} from '../../core/oauth/qwen.ts';
import { type AuthSetting, modelSetting, type Settings } from '../../core/settings/settings.ts';
import { clientOf, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { configuredServer, type Login, openLogin } from '../stored-login.ts';
import type { LoginFlags } from './command.ts';
import { jsonScreen, textScreen } from './login-screen.ts';

/** Milliseconds the test request may take: the login itself is done by then. */
const TEST_LIMIT = 20_000;

/**
 * `qwen-demo auth`: RFC 8628 with PKCE, then one test request.
 * @throws what `authorizeDevice` throws, StorageError when the login cannot be kept, AuthError when
 *   it worked but the API refuses it
 */
export async function runLogin(context: Context, flags: LoginFlags): Promise<void> {
  const { clock, random, signal } = context;
  const settings = settingsOf(context, { ...flags, auth: 'oauth' });
  const send = transportOf(context, settings, flags);
  const login = openLogin(context, settings, send);
  const server = await configuredServer(settings.issuer, send, signal);
  const client_id = settings.client_id?.value ?? QWEN_CLIENT_ID;
  const screen = flags.json ? jsonScreen(context) : textScreen(context, flags.browser);

  let credentials: Credentials;
  try {
    const token = await authorizeDevice({
      server,
      client_id,
      scope: settings.scope?.value ?? QWEN_SCOPE,
      send,
      clock,
      random,
      signal,
      onVerification: (device) => screen.verification(device),
      onPoll: (poll) => screen.poll(poll),
    });
    const origin = originOf(server, client_id, settings.auth);
    credentials = mergeTokenResponse(undefined, token, clock.now(), origin);
    await login.session.signIn(credentials, signal);
  } finally {
    screen.close();
  }

  const endpoint = endpointOf(credentials);
  const test = await testLogin(context, settings, { send, login, endpoint });
  await screen.signedIn({
    endpoint,
    expiry_date: credentials.expiry_date,
    refreshable: credentials.refresh_token !== undefined,
    location: settings.credentials.value,
    test,
  });
}

/** What later commands must know of a login that is not Qwen's own. */
function originOf(
  { issuer, token_endpoint, revocation_endpoint }: AuthorizationServer,
  client_id: string,
  { base_url }: AuthSetting,
): Origin {
  return {
    ...(issuer !== QWEN_ISSUER && {
      issuer,
      client_id,
      token_endpoint,
      ...(revocation_endpoint !== undefined && { revocation_endpoint }),
    }),
    ...(base_url && { base_url: base_url.value }),
  };
}

/** Undefined when neither the issuer nor the user said which API the login is for. */
function endpointOf(credentials: Credentials): string | undefined {
  try {
    return loginEndpoint(credentials);
  } catch (error) {
    if (error instanceof UsageError && error.code === 'no_endpoint') return undefined;
    throw error;
  }
}

interface Test {
  send: Send;
  login: Login;
  endpoint: string | undefined;
}

/**
 * One small question with the new token, because a login can succeed and lead nowhere.
 * @throws AuthError when the API refuses the login
 */
async function testLogin(context: Context, settings: Settings, test: Test): Promise<string> {
  if (test.endpoint === undefined) return 'not made: which API?';
  const access = loginAccess({ session: test.login.session, base_url: undefined });
  const { chat } = clientOf(context, { ...settings, max_retries: NONE }, test.send, access);
  const model = modelSetting(undefined, context.env).value;
  const messages = promptMessages('Reply with the word OK.');
  const signal = AbortSignal.any([context.signal, context.clock.timeout(TEST_LIMIT)]);
  try {
    const answer = await chat({ model, messages, stream: false }, { signal });
    return `ok, ${answer.model} answered in ${Math.round(answer.timings.total)} ms`;
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    if (error instanceof AuthError || (error instanceof QuotaError && error.permanent)) {
      throw refusedLogin(error, test.endpoint);
    }
    // The API let us in and had something else to say, or could not be asked now.
    const how = error instanceof ApiError ? 'the login is accepted, but' : 'not conclusive:';
    return `${how} ${error.message}`;
  }
}

const NONE = { value: 0, source: 'default' };

function refusedLogin(
  { message, code, hint, status, request_id }: QwenDemoError,
  endpoint: string,
) {
  const { host } = new URL(endpoint);
  return new AuthError(
    `The login itself worked and is stored, but the service refused it. ${message}`,
    {
      code,
      hint: hint ?? `${host} does not accept this login. Use an API key, or another --issuer.`,
      ...(status !== undefined && { status }),
      ...(request_id !== undefined && { request_id }),
    },
  );
}
