import { SIGN_IN_AGAIN } from '../../core/errors.ts';
import { listModels, type ModelList } from '../../core/models/list.ts';
import type { Send } from '../../core/http/message.ts';
import { hostOf } from '../../core/qwen/hosts.ts';
import { DEFAULT_ENDPOINT } from '../../core/qwen/endpoint.ts';
import { PLAN_TITLES } from '../../core/qwen/plans.ts';
import { byDefault } from '../../core/settings/layers.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { inspect, type Inspection, type LoginStatus } from '../auth/inspect.ts';
import { apiClientOf, openAccess } from '../connect.ts';
import type { Context } from '../context.ts';
import { knownAt } from '../known-models.ts';
import { expiredText, fullTime } from '../time.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The login or key of the settings, and the servers that it leads to. */
export interface TokenCheck {
  finding: Finding;
  /** Undefined while it is not known: a login that cannot be read may name it. */
  endpoint: string | undefined;
  /** The server of a login; undefined for an API key. */
  issuer: string | undefined;
  /** Whether a request can be sent with it. */
  usable: boolean;
}

/** Whether there is a login or a key, and until when it is valid. Refreshes nothing. */
export async function checkToken(context: Context, settings: Settings): Promise<TokenCheck> {
  const inspection = await inspect(context, settings);
  return {
    finding: describe(context, settings, inspection),
    endpoint: inspection.endpoint?.value,
    issuer: inspection.login?.issuer,
    usable: inspection.problem === undefined,
  };
}

function describe(
  { clock }: Context,
  { auth }: Settings,
  { endpoint, login, api_key, problem: error }: Inspection,
): Finding {
  if (error !== undefined) return problem('token', error);
  if (login !== null) return describeLogin(login, clock.now());
  const host = hostOf(endpoint?.value ?? DEFAULT_ENDPOINT);
  const source = api_key?.source ?? null;
  if (source === null) return ok('token', `none: ${host} needs no key`);
  const mismatch = auth.method === 'api-key' ? auth.mismatch : undefined;
  if (mismatch === undefined) return ok('token', `the key of ${source} is for ${host}`);
  const [of, at] = [PLAN_TITLES[mismatch.key], PLAN_TITLES[mismatch.endpoint]];
  const text = `${source} is a key of the ${of}, and ${host} belongs to the ${at}`;
  return warning('token', text, `Use its own endpoint: --plan ${mismatch.key}`);
}

function describeLogin(login: LoginStatus, now: number): Finding {
  const when = fullTime(login.expiry_date, now);
  const of = `the login at ${hostOf(login.issuer)}`;
  if (login.refresh_refused !== null) {
    return warning('token', `${of} is not refreshed: ${login.refresh_refused}`, SIGN_IN_AGAIN);
  }
  if (!login.expired) {
    const then = login.refreshable ? 'refreshed automatically' : 'not refreshed';
    return ok('token', `${of} is valid until ${when}, ${then}`);
  }
  const expired = `${of} ${expiredText(login.expiry_date, now)}`;
  if (login.refreshable) return ok('token', `${expired}; the next request refreshes it`);
  return warning('token', `${expired}, and nothing can refresh it`, SIGN_IN_AGAIN);
}

/** Asks the API for its models, with the access. A login that has expired is refreshed for it. */
export async function checkModels(
  context: Context,
  settings: Settings,
  { endpoint, send, signal }: { endpoint: string; send: Send; signal: AbortSignal },
): Promise<Finding> {
  try {
    const access = await openAccess(context, settings, send, { keeps_mode: true });
    const once = { ...settings, max_retries: byDefault(0) };
    const { request } = apiClientOf(context, once, send, access);
    const list = await listModels({ request, known: knownAt(settings, endpoint), signal });
    return describeList(settings, endpoint, list);
  } catch (error) {
    context.signal.throwIfAborted();
    return problem('models', error);
  }
}

function describeList({ model }: Settings, endpoint: string, list: ModelList): Finding {
  const host = hostOf(endpoint);
  if (!list.live) return ok('models', `${host} has no list of its models`);
  const listed = list.models.filter(({ source }) => source !== 'known');
  const count = `${host} lists ${listed.length === 1 ? '1 model' : `${listed.length} models`}`;
  if (listed.some(({ id }) => id === model.value))
    return ok('models', `${count}, ${model.value} too`);
  const what = `${count}, and ${model.value} (${model.source}), the model that commands ask, is not among them`;
  return warning('models', what, listed.length === 0 ? NO_MODELS : OTHER_MODELS);
}

const OTHER_MODELS =
  'Choose one with -m, or once for all commands:\n' +
  '  qwen-demo config set model MODEL\n' +
  'To see them:\n' +
  '  qwen-demo list-models --live';

const NO_MODELS =
  'Load a model there first if it is your server (with Ollama: ollama pull MODEL), and name it with -m.';
