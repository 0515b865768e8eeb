import { issuerOf } from '../../core/credentials/authorization-server.ts';
import { NetworkError, QwenDemoError, rephrase } from '../../core/errors.ts';
import type { Timeouts } from '../../core/http/message.ts';
import { passwordsIn } from '../../core/redaction.ts';
import { apiUrl } from '../../core/qwen/api-url.ts';
import { DEFAULT_ENDPOINT } from '../../core/qwen/endpoint.ts';
import { hostOf } from '../../core/qwen/hosts.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { secretsOfRun } from '../secrets.ts';
import { checkModels, checkToken, type TokenCheck } from './access.ts';
import { checkClock } from './clock.ts';
import { checkFiles } from './files.ts';
import { type CheckName, type Finding, problem, warning } from './finding.ts';
import { checkFolder } from './folder.ts';
import { checkLeftovers } from './leftovers.ts';
import {
  checkCertificate,
  checkCertificateVariables,
  checkConnection,
  checkDns,
  checkProxy,
  reach,
  type Reached,
} from './network.ts';
import { checkNode } from './node.ts';
import { checkSettings, requireChatSettings } from './settings.ts';
import { inOrder, showReport } from './show.ts';

export interface DoctorFlags extends ConnectionOptions {
  json?: boolean;
}

/** Milliseconds that one check may take, and all of them together. */
const CHECK_LIMIT = 10_000;
const TOTAL_LIMIT = 30_000;
/** Milliseconds for one step of an exchange: its error says more than that of the check. */
const STEP_LIMIT = 9000;

/**
 * `qwen-demo doctor`. Shows all findings, and only then throws the first problem in them.
 * @throws the error of the first problem
 */
export async function runDoctor(context: Context, flags: DoctorFlags): Promise<void> {
  knowSecrets(context);
  const findings = inOrder(await allFindings(context, flags));
  context.signal.throwIfAborted();
  await showReport(context, findings, flags.json === true);
  const [first, ...others] = findings.filter(({ status }) => status === 'problem');
  if (first === undefined) return;
  const { check, error } = first;
  if (!(error instanceof QwenDemoError)) throw error;
  const more = others.length === 0 ? '' : `, the first of ${others.length + 1}`;
  throw rephrase(error, {
    message: `The check of ${check} found a problem${more}`,
    hint: 'The report says what to do.',
  });
}

/** The values of variables that hold secrets, so that no message repeats them. */
function knowSecrets(context: Context): void {
  const values = Object.entries(context.env).flatMap(([name, value = '']) =>
    /(key|token|secret|passw(or)?d|headers)$/i.test(name)
      ? [value, ...value.split(/\r?\n/).map((line) => line.replace(/^[^:]*:\s*/, ''))]
      : passwordsIn(value),
  );
  secretsOfRun(context).add(...values);
}

async function allFindings(context: Context, flags: DoctorFlags): Promise<Finding[]> {
  const run = limited(context);
  const { finding, settings: given, usable } = await checkSettings(context, flags);
  const settings = { ...given, timeouts: shortened(given.timeouts) };
  const onDisk = await Promise.all([
    run('settings', async (signal) => {
      if (usable) await requireChatSettings(context, given, signal);
      return [finding];
    }),
    run('folder', () => checkFolder(context)),
    run('files', () => checkFiles(context, settings)),
    run('files', () => checkLeftovers(context, settings)),
  ]);
  let token: TokenCheck | undefined;
  const tokens = usable
    ? await run('token', async () => {
        token = await checkToken(context, settings);
        return [token.finding];
      })
    : [
        warning(
          'token',
          'it was not looked at: the settings hold a mistake; the servers are the default ones',
        ),
      ];
  return [
    checkNode(context),
    ...onDisk.flat(),
    ...tokens,
    ...(await overNetwork(context, run, { settings, token, usable })),
  ];
}

interface Ground {
  settings: Settings;
  /** Undefined when the check did not end. */
  token: TokenCheck | undefined;
  /** Whether the settings are those of the user. */
  usable: boolean;
}

async function overNetwork(context: Context, run: Limited, ground: Ground): Promise<Finding[]> {
  const { settings, token } = ground;
  const send = transportOf(context, settings);
  const { endpoint, urls, assumed } = serversOf(ground);
  const reached: Reached[] = [];
  const of = urls.map(async (url) => {
    const connection = run('connection', async (signal) => {
      const result = await reach(context, settings, { url, send, signal });
      reached.push(result);
      return [checkConnection(result), checkCertificate(result)];
    });
    const [dns, answer] = await Promise.all([
      run('dns', async () => [await checkDns(settings, url)]),
      connection,
    ]);
    const result = reached.find((one) => one.url === url) ?? { url };
    const proxy = await run('proxy', async (signal) => [
      await checkProxy(settings, result, signal),
    ]);
    const found = [...dns, ...proxy, ...answer];
    return url === urls[0] && assumed ? found.map(lowered) : found;
  });
  const [variables, ...servers] = await Promise.all([
    run('tls', () => checkCertificateVariables(context)),
    ...of,
  ]);
  const found = reached.find(({ url }) => url === urls[0]);
  const host = hostOf(endpoint);
  const models = !token?.usable
    ? [warning('models', `${host} was not asked: there is no access to it`)]
    : found === undefined || found.error !== undefined
      ? [warning('models', `${host} was not asked: it was not reached`)]
      : await run('models', async (signal) => [
          await checkModels(context, settings, { endpoint, send, signal }),
        ]);
  return [...variables, ...servers.flat(), checkClock(context, reached), ...models];
}

/** The API first, then the server of the login. The API is assumed when nothing says where it is. */
function serversOf({ settings: { auth, issuer }, token, usable }: Ground) {
  const named = auth.method === 'api-key' ? auth.endpoint.value : auth.base_url?.value;
  const known = token?.endpoint ?? named;
  const endpoint = known ?? DEFAULT_ENDPOINT;
  // Without a login, the default endpoint is that of Qwen's logins only.
  const assumed = known === undefined && (issuer !== undefined || !usable);
  const server = auth.method === 'api-key' ? [] : [token?.issuer ?? issuerOf({}, issuer)];
  const other = server.filter((url) => new URL(url).origin !== new URL(endpoint).origin);
  return { endpoint, urls: [apiUrl(endpoint, '/models'), ...other], assumed };
}

/** A server that no command may need is no problem. */
function lowered(finding: Finding): Finding {
  if (finding.status !== 'problem') return finding;
  const { check, message, hint } = finding;
  return warning(check, `${message} (perhaps not needed: the endpoint is not known)`, hint);
}

function shortened(own: Partial<Timeouts>): Timeouts {
  const { connect, headers, body, total } = own;
  const at_most = (ms = STEP_LIMIT) => Math.min(ms, STEP_LIMIT);
  return {
    connect: at_most(connect),
    headers: at_most(headers),
    body: at_most(body),
    total: at_most(total),
  };
}

/** A check that ends in time, whatever it meets. */
type Limited = (
  check: CheckName,
  work: (signal: AbortSignal) => Promise<Finding[]>,
) => Promise<Finding[]>;

function limited(context: Context): Limited {
  const total = context.clock.timeout(TOTAL_LIMIT);
  return async (check, work) => {
    const limit = AbortSignal.any([context.signal, context.clock.timeout(CHECK_LIMIT), total]);
    const late = new Promise<never>((_, reject) => {
      const end = () => reject(tooSlow(check));
      if (limit.aborted) end();
      limit.addEventListener('abort', end, { once: true });
    });
    try {
      return await Promise.race([late, work(limit)]);
    } catch (error) {
      context.signal.throwIfAborted();
      return [problem(check, error)];
    }
  };
}

function tooSlow(check: CheckName): NetworkError {
  return new NetworkError(`The check of ${check} did not end in time`, {
    code: 'timeout',
    hint: 'Try again. A network or a folder on another machine may be slow.',
  });
}
