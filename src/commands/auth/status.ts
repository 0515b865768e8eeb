import type { Command } from 'commander';
import type { QwenDemoError } from '../../core/errors.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadStyle } from '../../terminal/style.ts';
import { openAccess, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { type Fact, formatFacts } from '../facts.ts';
import { reportOf } from '../hint-commands.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { expiredText, fullTime, isoTime } from '../time.ts';
import { inspect, type Inspection, type KeyStatus, type LoginStatus } from './inspect.ts';
import { notUsed } from './precedence.ts';
import { tryAccess } from './test-request.ts';

interface StatusFlags extends ConnectionOptions {
  check?: boolean;
  json?: boolean;
}

/** A value with what decided it. */
type Explained<T> = Omit<Sourced<T>, 'layer'>;

/** All that `auth status` shows. */
interface Status extends Inspection {
  settings: Settings;
  /** The result of the request of `--check`. */
  check: { ok: boolean; message: string } | undefined;
  /** What is there and not used. */
  unused: string[];
}

/** Declares `qwen-demo auth status`. */
export function statusCommand(auth: Command, context: Context): void {
  const command = auth
    .command('status')
    .description('Show the login or the API key in use and the settings they come from.')
    .option('--check', 'send one request to see whether the API accepts them')
    .option('--json', 'print one JSON document')
    .action((flags: StatusFlags) => showStatus(context, flags));
  connectionOptions(command);
}

/**
 * Shows the status, and only then throws the problem in it.
 * @throws AuthError when there is no usable login or key, or the API refuses it; StorageError when
 *   it cannot be read; with `--check` the error of the request
 */
async function showStatus(context: Context, flags: StatusFlags): Promise<void> {
  const { terminal } = context;
  const settings = await settingsOf(context, flags);
  const inspection = await inspect(context, settings);
  let { problem } = inspection;
  let check: Status['check'];
  if (flags.check && problem === undefined) {
    const send = transportOf(context, settings);
    const access = await openAccess(context, settings, send);
    const result = await tryAccess(context, settings, { send, access });
    if (result.outcome !== 'accepted') problem = result.error;
    check = { ok: problem === undefined, message: result.line };
  }
  const unused = await notUsed(settings);
  const status: Status = { ...inspection, settings, check, problem, unused };
  const text = flags.json
    ? `${stringify(statusJson(context, status), 2)}\n`
    : await describe(context, status);
  terminal.stdout.write(text);
  if (problem) throw problem;
}

/** The document of `auth status --json`. */
function statusJson(
  context: Context,
  { settings, endpoint, login, api_key, problem, check, unused }: Status,
) {
  const { profile, auth, model } = settings;
  return {
    version: 1,
    usable: problem === undefined,
    problem: problem ? reportOf(context, problem) : null,
    profile: known(profile),
    method: known({ ...auth, value: auth.method }),
    endpoint: endpoint && known(endpoint),
    login: login && loginJson(login),
    api_key,
    api_key_header: settings.api_key_header ? known(settings.api_key_header) : null,
    headers: settings.headers.map(({ name, source, overrides = [] }) => ({
      name,
      source,
      over: overrides,
    })),
    model: known(model),
    unused,
    check: check ?? null,
  };
}

/** `expires_at` is ISO 8601 in UTC, null for a number that no `Date` holds. */
function loginJson({ location, store, expiry_date, expired, ...login }: LoginStatus) {
  const { mode, loose, issuer, client_id, ...others } = login;
  return {
    location: known(location),
    store: known(store),
    mode,
    loose,
    issuer,
    client_id,
    expires_at: isoTime(expiry_date) ?? null,
    expired,
    ...others,
  };
}

function known<T>({ value, source, overrides = [] }: Explained<T>) {
  return { value, source, over: overrides };
}

async function describe({ terminal, clock }: Context, status: Status): Promise<string> {
  const { settings, endpoint, login, api_key, problem, check, unused } = status;
  const { auth, profile, model } = settings;
  const style = await loadStyle(terminal.stdout, terminal.env);
  const facts: Fact[] = [
    ['profile', explained(profile)],
    ['by', explained({ ...auth, value: auth.method === 'oauth' ? 'login' : 'API key' })],
    ...(endpoint ? [['endpoint', explained(endpoint)] as const] : []),
    ...(login ? loginFacts(login, clock.now()) : []),
    ...(api_key ? keyFacts(api_key) : []),
    ...headerFacts(settings),
    ['model', explained(model)],
    ...(unused.length > 0 ? [['not used', unused.join(', ')] as const] : []),
    ...(check ? [['check', check.message] as const] : []),
  ];
  const title = problem ? style.red(titleOf(problem)) : style.green('Ready.');
  return `${title}\n${await formatFacts(terminal, facts)}`;
}

function titleOf({ kind }: QwenDemoError): string {
  return kind === 'auth' ? 'Not signed in.' : 'Not usable.';
}

function loginFacts(login: LoginStatus, now: number): Fact[] {
  const when = fullTime(login.expiry_date, now);
  const then = login.refreshable ? 'refreshed automatically' : 'not refreshed';
  const kept = login.read_only ? 'not refreshed' : 'used until the API refuses it';
  const state = login.expired
    ? `${expiredText(login.expiry_date, now)}, ${login.refreshable ? 'is refreshed with the next request' : kept}`
    : `valid until ${when}, ${then}`;
  const refused = login.refresh_refused;
  return [
    [
      'location',
      `${explained(login.location)}${permissions(login)}${login.read_only ? ', only read' : ''}`,
    ],
    ['issuer', login.issuer],
    ['client', login.client_id ?? 'not recorded: add --client-id'],
    ['token', state],
    ...(refused === null ? [] : [['refresh', refused] as const]),
  ];
}

function keyFacts(key: KeyStatus): Fact[] {
  return [['key', key.source === null ? 'none' : `from ${key.source}${permissions(key)}`]];
}

/** Values of headers are secrets. */
function headerFacts({ auth, api_key_header, headers }: Settings): Fact[] {
  const names = headers.map(({ name, ...header }) => explained({ ...header, value: name }));
  return [
    ...(api_key_header && auth.method === 'api-key'
      ? [['key header', explained(api_key_header)] as const]
      : []),
    ...(names.length > 0 ? [['headers', names.join(', ')] as const] : []),
  ];
}

function permissions({ mode, loose }: { mode: string | null; loose: boolean }): string {
  if (mode === null) return '';
  return `, mode ${mode}${loose ? ': open to other users, repaired with the next use' : ''}`;
}

/** A value, its source, and the sources that it takes precedence over. */
function explained({ value, source, overrides = [] }: Explained<string>): string {
  const weaker = overrides.length === 0 ? '' : `, over ${overrides.join(', ')}`;
  return `${value} (${source}${weaker})`;
}
