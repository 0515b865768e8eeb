import type { Command } from 'commander';
import { QwenDemoError } from '../../core/errors.ts';
import { OLLAMA_HOST, withoutKeys } from '../../core/settings/api-key.ts';
import { HEADERS, SETTINGS } from '../../core/settings/definitions.ts';
import { DEFAULT_PROFILE } from '../../core/settings/files.ts';
import type { Environment } from '../../core/settings/layers.ts';
import { chooseProfile } from '../../core/settings/profile.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { type Cell, loadTableFormat } from '../../terminal/table.ts';
import { readConfig } from '../config-file.ts';
import { settingsOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { reportOf } from '../hint-commands.ts';
import { everyProfile } from '../profiles.ts';
import { openApiKey } from '../stored-key.ts';
import { fullTime, isoTime } from '../time.ts';
import { inspect, type LoginStatus } from './inspect.ts';

/** What one profile holds, without the secrets. */
interface Held {
  name: string;
  /** Whether commands use it when neither `--profile` nor `QWEN_DEMO_PROFILE` names one. */
  is_default: boolean;
  /** Undefined when the settings of the profile cannot be used. */
  method: Settings['auth']['method'] | undefined;
  login: LoginStatus | null;
  api_key: { endpoint: string; location: string } | null;
  /** Why something in it cannot be read. */
  problem: QwenDemoError | undefined;
}

/** Declares `qwen-demo auth list`. */
export function listCommand(auth: Command, context: Context): void {
  auth
    .command('list')
    .description('Show all profiles and what each holds.')
    .option('--json', 'print one JSON document')
    .action((flags: { json?: boolean }) => list(context, flags));
}

/** @throws the errors of {@link readConfig} and {@link chooseProfile} but `unknown_profile` */
async function list(context: Context, { json }: { json?: boolean }): Promise<void> {
  const { terminal, env, clock } = context;
  const config = await readConfig(context);
  const chosen = chooseProfile({ flag: undefined, env, config, new_profile: true });
  const default_profile = config.default_profile ?? DEFAULT_PROFILE;
  const profiles: Held[] = [];
  for (const name of await everyProfile(context)) {
    profiles.push(await look(context, name, name === default_profile));
  }
  if (json) {
    const { value, source } = chosen;
    const document = {
      version: 1,
      default: default_profile,
      in_use: { value, source },
      profiles: profiles.map((held) => heldJson(held, context)),
    };
    terminal.stdout.write(`${stringify(document, 2)}\n`);
    return;
  }
  const format = await loadTableFormat(terminal);
  const used = { name: chosen.value, by: chosen.layer === 'environment' ? chosen.source : '' };
  terminal.stdout.write(
    format({
      titles: ['PROFILE', 'DEFAULT', 'HOLDS', 'SERVER', 'VALID UNTIL', 'STORED IN'],
      rows: profiles.flatMap((held) => rowsOf(held, used, clock.now())),
    }),
  );
}

async function look(context: Context, name: string, is_default: boolean): Promise<Held> {
  const env = bare(context.env);
  const held: Held = {
    name,
    is_default,
    method: undefined,
    login: null,
    api_key: null,
    problem: undefined,
  };
  try {
    const of = (flags: { auth?: 'oauth' }) =>
      settingsOf({ ...context, env }, { profile: name, ...flags }, { new_profile: true });
    const settings = await of({});
    held.method = settings.auth.method;
    const { login, problem } = await inspect(context, await of({ auth: 'oauth' }));
    held.login = login;
    // Not signed in is no fault of a profile that holds a key, or nothing.
    if (problem?.kind !== 'auth' && problem?.code !== 'no_home') held.problem = problem;
    const store = openApiKey(context, settings);
    const key = await store.load();
    if (key) held.api_key = { endpoint: key.endpoint, location: store.location };
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    if (error.code !== 'no_home') held.problem ??= error;
  }
  return held;
}

/**
 * The environment without settings: what a profile holds does not depend on them. Whether a mounted
 * secret can be read, and whether its base URL may be plain http, does.
 */
function bare(env: Environment): Environment {
  const variables: string[] = Object.values(SETTINGS).flatMap((row) => [...row.variables]);
  const { read_only_credentials, allow_http } = SETTINGS;
  const kept: string[] = [...read_only_credentials.variables, ...allow_http.variables];
  const unset = [
    ...variables.filter((one) => !kept.includes(one)),
    'QWEN_DEMO_PROFILE',
    'QWEN_DEMO_OAUTH_BASE_URL',
    OLLAMA_HOST,
    ...HEADERS.variables,
  ];
  return { ...withoutKeys(env), ...Object.fromEntries(unset.map((one) => [one, undefined])) };
}

function heldJson({ name, is_default, method, login, api_key, problem }: Held, context: Context) {
  return {
    name,
    default: is_default,
    method: method ?? null,
    login: login && {
      issuer: login.issuer,
      client_id: login.client_id,
      location: login.location.value,
      store: login.store.value,
      expires_at: isoTime(login.expiry_date) ?? null,
      expired: login.expired,
      refreshable: login.refreshable,
    },
    api_key,
    problem: problem ? reportOf({ ...context, argv: ['--profile', name] }, problem) : null,
  };
}

/** One row for a login, one for a key; one for a profile without both. */
function rowsOf(held: Held, used: { name: string; by: string }, now: number): Cell[][] {
  const { name, login, api_key, method, problem } = held;
  const marks = [
    ...(held.is_default ? ['default'] : []),
    ...(name === used.name && used.by !== '' ? [`in use by ${used.by}`] : []),
  ];
  const row = (holds: string, server: string, valid: string, location: string): Cell[] => [
    { text: name },
    { text: marks.join(', '), tone: 'good' },
    { text: holds },
    { text: server },
    { text: valid },
    { text: location },
  ];
  const state = (kind: Held['method']) => (method === kind ? '' : ', not used');
  const rows: Cell[][] = [];
  if (login) {
    const valid = `${fullTime(login.expiry_date, now)}${login.refreshable ? ', refreshed' : ''}`;
    rows.push(row(`login${state('oauth')}`, login.issuer, valid, login.location.value));
  }
  if (api_key) {
    const { endpoint, location } = api_key;
    rows.push(row(`API key${state('api-key')}`, endpoint, 'no end', location));
  }
  if (problem) rows.push(row('not usable', '', '', problem.message));
  return rows.length > 0 ? rows : [row('nothing', '', '', '')];
}
