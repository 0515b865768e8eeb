import type { QwenDemoError } from '../../core/errors.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadStyle } from '../../terminal/style.ts';
import { openAccess, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { type Fact, formatFacts } from '../facts.ts';
import { fullTime } from '../time.ts';
import type { StatusFlags } from './command.ts';
import { inspect } from './inspect.ts';
import { type KeyStatus, type LoginStatus, type Status, statusJson } from './status-report.ts';
import { tryAccess } from './test-request.ts';

/**
 * `qwen-demo auth status`: what the API is reached with, and why. What is wrong is thrown when all
 * that is known has been shown.
 * @throws AuthError when there is no usable login or key, or `--check` was refused; StorageError
 *   when it cannot be read; with `--check` what else kept the API from answering
 */
export async function runStatus(context: Context, flags: StatusFlags): Promise<void> {
  const { terminal } = context;
  const settings = await settingsOf(context, flags);
  const inspection = await inspect(context, settings);
  let { problem } = inspection;
  let check: Status['check'];
  if (flags.check && problem === undefined) {
    const send = transportOf(context, settings, flags);
    const access = await openAccess(context, settings, send);
    const { line, refusal, failure } = await tryAccess(context, settings, { send, access });
    problem = refusal ?? failure;
    check = { ok: problem === undefined, message: line };
  }
  const status: Status = { ...inspection, settings, check, problem };
  const text = flags.json
    ? `${stringify(statusJson(status), 2)}\n`
    : await describe(context, status);
  terminal.stdout.write(text);
  if (problem) throw problem;
}

async function describe({ terminal, clock }: Context, status: Status): Promise<string> {
  const { settings, endpoint, login, api_key, problem, check } = status;
  const { auth, profile, model } = settings;
  const style = await loadStyle(terminal.stdout, terminal.env);
  const facts: Fact[] = [
    ['profile', explained(profile)],
    ['by', explained({ ...auth, value: auth.method === 'oauth' ? 'login' : 'API key' })],
    ...(endpoint ? [['endpoint', explained(endpoint)] as const] : []),
    ...(login ? loginFacts(login, clock.now()) : []),
    ...(api_key ? keyFacts(api_key) : []),
    ['model', explained(model)],
    ...(auth.unused.length > 0 ? [['not used', auth.unused.join(', ')] as const] : []),
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
  const then = login.refreshable ? 'then refreshed by itself' : 'then it ends';
  const state = login.expired
    ? `expired ${when}${login.refreshable ? ', is refreshed with the next request' : ''}`
    : `good until ${when}, ${then}`;
  const refused = login.refresh_refused;
  return [
    ['kept in', `${explained(login.location)}${permissions(login)}`],
    ['issuer', login.issuer],
    ['client', login.client_id],
    ['token', state],
    ...(refused === null ? [] : [['refresh', refused] as const]),
  ];
}

function keyFacts(key: KeyStatus): Fact[] {
  return [['key', key.source === null ? 'none' : `from ${key.source}${permissions(key)}`]];
}

function permissions({ mode, loose }: { mode: string | null; loose: boolean }): string {
  if (mode === null) return '';
  return `, mode ${mode}${loose ? ': open to other users, repaired with the next use' : ''}`;
}

/** A value, where it came from, and what it beats. */
function explained({ value, source, over = [] }: Sourced<string>): string {
  return `${value} (${[source, ...(over.length > 0 ? [`over ${over.join(', ')}`] : [])].join(', ')})`;
}
