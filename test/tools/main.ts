/**
 * Runs real clients through `serve` and `auth exec --serve` at the sandbox, whose tokens live for 3 s.
 * Clients of npm are installed into TOOLS_FOLDER, or a folder of the system for temporary files.
 * Exits with 1 when one of them fails, or when any output holds a token.
 */
import {
  type ChildProcessByStdio,
  type SpawnSyncReturns,
  execFileSync,
  spawn,
  spawnSync,
} from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { signedIn } from '../helpers/signed-in-home.ts';
import { type Client, CLIENTS } from './clients.ts';
import { MAIN } from '../helpers/program.ts';

const FOLDER = process.env['TOOLS_FOLDER'] ?? join(tmpdir(), 'qwen-demo-tools');
/** Seconds that a token of the sandbox lives. */
const TOKEN_TTL = 3;
/** Milliseconds that one run of a client may take. */
const LIMIT = 120_000;

/** How a client got its base URL and key. */
type Way = 'serve' | 'auth exec --serve';

type Printed = Record<'stdout' | 'stderr', string>;

interface Run {
  client: string;
  way: Way;
  code: number | string | null;
  seconds: number;
  said: string;
}

const wanted = process.argv.slice(2);
const chosen = CLIENTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const missing = install(chosen);
const outputs: string[] = [];
const runs: Run[] = [];

await using login = await signedIn({
  sandbox: { token_ttl: TOKEN_TTL },
  change: { expiry_date: Date.now() + TOKEN_TTL * 1000 },
});
const seen = [login.credentials.access_token, login.credentials.refresh_token];
const remembering = setInterval(() => {
  const stored = readFileSync(login.home.credentials, 'utf8');
  for (const [, token = ''] of stored.matchAll(/"(?:access|refresh)_token": ?"([^"]+)"/g)) {
    if (!seen.includes(token)) seen.push(token);
  }
}, 20);

const server = spawn(process.execPath, [MAIN, 'serve', '--json'], {
  env: {
    PATH: process.env['PATH'],
    HOME: login.home.path,
    QWEN_DEMO_ISSUER: login.sandbox.url,
    QWEN_DEMO_AUTH: 'oauth',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
  timeout: LIMIT * CLIENTS.length,
});
const served: Printed = printedBy(server);
const [line] = await once(server.stdout, 'data');
const { environment } = JSON.parse(String(line)) as { environment: Record<string, string> };

for (const client of chosen.filter((one) => !missing.includes(one))) {
  runs.push(await run(client, 'serve', ['sh', '-c', client.command], environment));
  const exec = [process.execPath, MAIN, 'auth', 'exec', '--serve', '--'];
  runs.push(await run(client, 'auth exec --serve', [...exec, 'sh', '-c', client.command], {}));
}
server.kill('SIGINT');
await once(server, 'close');
const { stdout, stderr } = served;
outputs.push(stdout, stderr);
clearInterval(remembering);

for (const { client, way, code, seconds, said } of runs) {
  console.log(
    `${code === 0 && said.includes('PONG') ? 'ok  ' : 'FAIL'} ${client} by ${way}, ${seconds.toFixed(1)} s`,
  );
  console.log(said.replaceAll(/^/gm, '       '));
}
for (const { name, elsewhere } of missing) console.log(`none ${name}: ${elsewhere}`);
const leaked = seen.filter((token) => outputs.some((text) => text.includes(token)));
const requests = stdout.split('\n').filter((one) => one.includes('"event":"request"'));
const refused = requests.filter((one) => !one.includes('"status":200'));
console.log(
  `${requests.length} requests through serve, ${refused.length} failed; ${login.refreshes()} refreshes; ${seen.length} tokens, ${leaked.length} of them in an output`,
);
const failed = runs.filter(({ code, said }) => code !== 0 || !said.includes('PONG'));
console.log(
  `${runs.length - failed.length} passed, ${failed.length} failed, ${missing.length} skipped`,
);
if (failed.length + refused.length + leaked.length > 0) {
  for (const one of refused) console.log(one);
  process.exitCode = 1;
}

/** Returns the clients that this machine does not have. */
function install(clients: readonly Client[]): Client[] {
  const packages = clients.flatMap(({ packages: names = [] }) => names);
  const absent = packages.filter((name) => !existsSync(join(FOLDER, 'node_modules', name)));
  mkdirSync(FOLDER, { recursive: true });
  if (absent.length > 0) {
    if (!existsSync(join(FOLDER, 'package.json')))
      writeFileSync(join(FOLDER, 'package.json'), '{}');
    const options = { cwd: FOLDER, stdio: 'inherit' } as const;
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...absent], options);
    const opencode = join(FOLDER, 'node_modules/opencode-ai/postinstall.mjs');
    // It links the program of this platform, which is another package.
    if (existsSync(opencode)) execFileSync(process.execPath, [opencode], options);
  }
  return clients.filter(({ exists }) => exists !== undefined && shell(exists).status !== 0);
}

function shell(command: string): SpawnSyncReturns<string> {
  return spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 20_000 });
}

/** What a child prints, as it comes. */
function printedBy(child: ChildProcessByStdio<null, Readable, Readable>): Printed {
  const printed: Printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text));
  }
  return printed;
}

async function run(
  client: Client,
  way: Way,
  [file = '', ...args]: readonly string[],
  added: Record<string, string>,
): Promise<Run> {
  const folder = mkdtempSync(join(FOLDER, 'run-'));
  for (const [name, text] of Object.entries(client.files ?? {}))
    writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'codex'));
  const start = performance.now();
  const child = spawn(file, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
    env: {
      PATH: [join(FOLDER, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      HOME: way === 'serve' ? folder : login.home.path,
      CODEX_HOME: join(folder, 'codex'),
      QWEN_DEMO_ISSUER: login.sandbox.url,
      QWEN_DEMO_AUTH: 'oauth',
      ...added,
    },
  });
  const parts = printedBy(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  rmSync(folder, { recursive: true, force: true });
  outputs.push(parts.stdout, parts.stderr);
  const seconds = (performance.now() - start) / 1000;
  const good = code === 0 && parts.stdout.includes('PONG');
  const said = (good ? parts.stdout : parts.stdout + parts.stderr).trim();
  return { client: client.name, way, code: code ?? signal, seconds, said };
}
