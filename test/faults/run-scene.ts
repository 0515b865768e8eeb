import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';
import { isValidation, type Scene } from './scenes.ts';

/** What a command did, in words that are the same at each run. */
export interface Result {
  code: number;
  /** Requests to the endpoint of the fault; of polls `1 or 2` or `many`, of a validation nothing. */
  requests: string;
  /** What stdout holds. */
  stdout: 'nothing' | 'all' | 'a part' | 'something else';
  /** The error, or the last notice without one; of a validation what it found. */
  message: string;
  /** Files that are new, changed or gone. */
  files: string;
  /** What no command may do. */
  violations: string[];
}

/** The start of the clock of the commands, see FakeClock. */
const NOW = 1_800_000_000_000;
const PATHS = {
  metadata: '/.well-known/oauth-authorization-server',
  device: '/api/v1/oauth2/device/code',
  poll: '/api/v1/oauth2/token',
  refresh: '/api/v1/oauth2/token',
  revoke: '/api/v1/oauth2/revoke',
  models: '/v1/models',
  chat: '/v1/chat/completions',
} as const;
/** Milliseconds. Many runs share one processor. */
const HANGS_AFTER = 60_000;
const ANSWER = 'red green blue';
/** More requests to one endpoint are a loop. Polls of a device code go on until it expires. */
const MOST_REQUESTS = 40;
const MOST_POLLS = 400;

/** Runs the command of a scene in this process, against a sandbox of its own. */
export async function runScene(scene: Scene): Promise<Result> {
  const { fault, endpoint, command, waits } = scene;
  await using sandbox = await startSandbox({
    faults: [`${fault}@${endpoint}`],
    auto_approve: true,
    clock: { now: () => NOW, sleep: (ms, signal) => sleep(ms, undefined, { signal }) },
  });
  await using home = await createInProcessHome(HANGS_AFTER);
  const secrets = await furnish(home, sandbox, command.home);
  const before = await contents(home);
  const { code, stdout, stderr } = await home.run(
    command.args.map((word) => word.replace('SANDBOX', sandbox.url)).map(inHome(home)),
    {
      ...(command.home === 'key' ? sandbox.environment('key') : {}),
      ...(waits && { QWEN_DEMO_TIMEOUT: '700ms' }),
    },
  );
  const after = await contents(home);
  const shown = normalized(stderr, home, sandbox);
  const requests = sandbox.requests[PATHS[endpoint]] ?? 0;
  return {
    code,
    requests: roughly(requests, scene),
    stdout: kindOf(stdout, command.name),
    message: isValidation(command) && stdout !== '' ? findingsIn(stdout) : messageIn(shown),
    files: changes(before, after),
    violations: [
      ...(code === 1 ? [`exit 1: ${shown}`] : []),
      ...(requests > (endpoint === 'poll' ? MOST_POLLS : MOST_REQUESTS)
        ? [`${requests} requests`]
        : []),
      ...(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/.test(stderr)
        ? [`control characters: ${stderr}`]
        : []),
      ...leaks(secrets, { stdout, stderr }, after, scene),
      ...leftovers(after),
    ],
  };
}

const inHome = (home: InProcessHome) => (word: string) =>
  word === 'answer.txt' ? join(home.home, word) : word;

/** Puts a login into the home, and returns every secret of the sandbox. */
async function furnish(home: InProcessHome, sandbox: Sandbox, state: string): Promise<string[]> {
  const { access_token, refresh_token, resource_url } = sandbox.issue();
  const expiry_date = state === 'expired login' ? NOW - 1000 : NOW + 3_600_000;
  const login = {
    access_token,
    refresh_token,
    token_type: 'Bearer',
    resource_url,
    expiry_date,
    issuer: sandbox.url,
    client_id: 'f0304373b74a44d2b584a3fb70ca9e56',
    token_endpoint: sandbox.url + PATHS.poll,
    revocation_endpoint: sandbox.url + PATHS.revoke,
  };
  if (state.endsWith('login')) await home.put('oauth_creds.json', JSON.stringify(login));
  return [access_token, refresh_token, sandbox.api_key];
}

async function contents({ home }: InProcessHome): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(home, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }): Promise<[string, string]> => {
    const path = join(parentPath, name);
    return [path.slice(home.length + 1), await readFile(path, 'utf8')];
  });
  return new Map(await Promise.all(read));
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names
    .flatMap((name) => {
      if (before.get(name) === after.get(name)) return [];
      if (!before.has(name)) return [`writes ${name}`];
      return [after.has(name) ? `changes ${name}` : `deletes ${name}`];
    })
    .join(', ');
}

function kindOf(stdout: string, command: string): Result['stdout'] {
  if (stdout.trim() === '') return 'nothing';
  if (!command.startsWith('chat')) return 'all';
  const text = command.includes('--json') ? textOfEvents(stdout) : stdout.trim();
  if (text.includes(ANSWER)) return 'all';
  return text !== '' && ANSWER.startsWith(text) ? 'a part' : 'something else';
}

/** The text of the answer in JSON lines. */
function textOfEvents(stdout: string): string {
  const lines = stdout.trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { type: string; text?: string });
  return events
    .map(({ type, text = '' }) => (type === 'content' ? text : ''))
    .join('')
    .trim();
}

function normalized(stderr: string, { home }: InProcessHome, { url }: Sandbox): string {
  return stderr
    .replaceAll(home, 'HOME')
    .replaceAll(url, 'SERVER')
    .replaceAll(new URL(url).host, 'SERVER')
    .replaceAll(/\b127\.0\.0\.1:\d+/g, 'PROXY')
    .replaceAll(/\b(in|for) \d+(?:\.\d+)? m?s\b/g, '$1 a moment')
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID');
}

/** Last lines of commands that did what they should. */
const ROUTINE =
  /^(?:qwen-demo auth login |The questions were drawn |\[1\/1\] ✓|No terminal shows this code)/;

/** The first line of the error; without an error the last line. */
function messageIn(stderr: string): string {
  const lines = stderr.trim().split('\n');
  const json = lines.find((line) => line.startsWith('{"error":'));
  if (json !== undefined) return (JSON.parse(json) as { error: { message: string } }).error.message;
  const error = lines.findLast((line) => line.startsWith('error: '));
  if (error !== undefined) return error.slice('error: '.length);
  return lines.map((line) => line.trim()).findLast((line) => !ROUTINE.test(line)) ?? '';
}

/** The number where it is the same at each run and says something. */
function roughly(requests: number, { endpoint, command, waits }: Scene): string {
  // The clock of the commands goes on at its own pace while a poll waits.
  if (endpoint === 'poll' && waits) return '–';
  if (endpoint === 'poll') return requests > 2 ? 'many' : '1 or 2';
  return isValidation(command) ? '–' : `${requests}`;
}

interface Report {
  models: { verdict: string; probes: { checks: { check: string; verdict: string }[] }[] }[];
}

/** The verdict of a validation, and the checks that did not pass. */
function findingsIn(report: string): string {
  const { models } = JSON.parse(report) as Report;
  const [model] = models;
  const checks = model?.probes.flatMap((probe) => probe.checks) ?? [];
  const named = ['fail', 'unsupported', 'warn'].flatMap((verdict) => {
    const failed = checks.filter((check) => check.verdict === verdict);
    const names = [...new Set(failed.map(({ check }) => check))].toSorted();
    return names.length === 0 ? [] : [`${verdict}: ${names.join(', ')}`];
  });
  return named.length > 0 ? named.join('; ') : (model?.verdict ?? 'no verdict');
}

/** Secrets outside of the file of the login. The answer of a chat stays as the model gave it. */
function leaks(
  secrets: readonly string[],
  { stdout, stderr }: { stdout: string; stderr: string },
  after: ReadonlyMap<string, string>,
  { fault, command }: Scene,
): string[] {
  const is_answer = fault === 'key-in-answer' && command.name.startsWith('chat');
  const places: [string, string][] = [
    ['stderr', stderr],
    ...(is_answer ? [] : ([['stdout', stdout]] as [string, string][])),
    ...[...after].filter(
      ([name]) => name !== 'oauth_creds.json' && !(is_answer && name.startsWith('answer.txt')),
    ),
  ];
  return secrets.flatMap((secret) =>
    places.filter(([, text]) => text.includes(secret)).map(([place]) => `a secret in ${place}`),
  );
}

/** Temporary files, and JSON files that are none. */
function leftovers(after: ReadonlyMap<string, string>): string[] {
  return [...after].flatMap(([name, text]) => {
    if (/\.tmp|\.lock/.test(name)) return [`${name} is left`];
    if (!name.endsWith('.json')) return [];
    try {
      JSON.parse(text);
      return [];
    } catch {
      return [`${name} is no JSON`];
    }
  });
}
