import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stored } from './rotating-issuer.ts';
import { bodyOf, loopback } from './loopback.ts';
import { createHome } from './program.ts';

/** What happened to the login in a series of kills. */
export interface KillReport {
  kills: number;
  /** Kills after the server had received the refresh request. */
  in_request: number;
  /** Kills after the answer and before the program exited. */
  after_answer: number;
  /** The file holds the newest token that was ever issued. */
  kept: number;
  /** The newest token was complete in a temporary file, and the next run restored it. */
  recovered: number;
  /** The program died before it could write the newest token. */
  lost: number;
  /** Everything that must never happen. */
  violations: string[];
  /** Milliseconds that the slowest undisturbed run after a kill took. */
  slowest_heir: number;
}

export interface KillOptions {
  kills: number;
  seed: number;
  onKill?: (done: number) => void;
}

/** A small generator of numbers in [0, 1) that is the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Kills the built program repeatedly while it refreshes at a server that rotates refresh tokens.
 * Checks the disk after each kill, and what the next process sends.
 */
export async function killStorm({ kills, seed, onKill }: KillOptions): Promise<KillReport> {
  const random = seeded(seed);
  await using server = await issuer();
  await using home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL: server.url });
  await mkdir(dirname(home.credentials), { recursive: true });
  await writeFile(home.credentials, JSON.stringify(stored()), { mode: 0o600 });
  const report: KillReport = {
    kills,
    in_request: 0,
    after_answer: 0,
    kept: 0,
    recovered: 0,
    lost: 0,
    violations: server.violations,
    slowest_heir: 0,
  };
  for (let done = 1; done <= kills; done += 1) {
    server.begin();
    const running = home.start(['auth', 'token']);
    await Promise.race([moment(random, server), running.result]);
    running.child.kill('SIGKILL');
    const { code } = await running.result;
    await server.settled();
    if (server.received) report.in_request += 1;
    if (server.answered && code === 'SIGKILL') report.after_answer += 1;
    report[await inspect(home.credentials, server)] += 1;
    if (done % 10 === 0 || done === kills) {
      const begun = performance.now();
      const heir = await home.run(['auth', 'token']);
      report.slowest_heir = Math.max(report.slowest_heir, Math.round(performance.now() - begun));
      if (heir.code !== 0) server.violations.push(`an undisturbed run failed: ${heir.stderr}`);
      if ((await inspect(home.credentials, server)) !== 'kept') {
        server.violations.push('an undisturbed run did not save its token');
      }
      const left = await leftOver(home.credentials);
      if (left.length > 0) server.violations.push(`left over: ${left.join(' ')}`);
    }
    onKill?.(done);
  }
  return report;
}

/** An empty file is a lock without an owner yet. It is removed when it is one minute old. */
async function leftOver(path: string): Promise<string[]> {
  const names = (await readdir(dirname(path))).filter((name) => name !== basename(path));
  const sizes = await Promise.all(names.map((name) => stat(join(dirname(path), name))));
  return names.filter((name, index) => !name.includes('.lock.') || sizes[index]?.size !== 0);
}

type Issuer = Awaited<ReturnType<typeof issuer>>;

/** A third of the kills at any time, a third around the request, a third around the answer. */
async function moment(random: () => number, server: Issuer): Promise<void> {
  const kind = random();
  const wait = random();
  if (kind < 1 / 3) return sleep(wait * 400);
  await (kind < 2 / 3 ? server.request : server.answer);
  // The next steps take milliseconds, and timers are too coarse for these.
  const end = performance.now() + wait * 40;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Issues a new pair of tokens at every refresh. It expects the newest refresh token that was on disk
 * after the last kill, and records any other as a violation.
 */
async function issuer() {
  const state = {
    /** Tokens issued so far. */
    issued: 1,
    /** The number in the newest refresh token that the program can know. */
    newest: 1,
    received: false,
    answered: false,
    request: Promise.resolve(),
    answer: Promise.resolve(),
    violations: [] as string[],
  };
  let [onRequest, onAnswer] = [() => {}, () => {}];
  const server = await loopback(async (request, response) => {
    const token = new URLSearchParams(await bodyOf(request)).get('refresh_token');
    if (token !== `refresh-${state.newest}`) {
      state.violations.push(`${token} was sent, although the disk held refresh-${state.newest}`);
    }
    state.received = true;
    onRequest();
    await sleep(5);
    state.issued += 1;
    state.newest = state.issued;
    response.on('finish', () => {
      state.answered = true;
      onAnswer();
    });
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: `access-${state.newest}`,
        refresh_token: `refresh-${state.newest}`,
        token_type: 'Bearer',
        expires_in: 1,
      }),
    );
  });
  return Object.assign(state, {
    url: server.url,
    /** Resolves when no request of a killed process is in flight. */
    async settled(): Promise<void> {
      for (let quiet = 0; quiet < 3; quiet += 1) {
        await sleep(1);
        if ((await promisify(server.server.getConnections.bind(server.server))()) > 0) quiet = -1;
      }
    },
    begin: () => {
      state.received = false;
      state.answered = false;
      state.request = new Promise((resolve) => (onRequest = resolve));
      state.answer = new Promise((resolve) => (onAnswer = resolve));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}

/** Whether the newest token is on disk. Called when no process writes there. */
async function inspect(path: string, server: Issuer): Promise<'kept' | 'recovered' | 'lost'> {
  const text = await readFile(path, 'utf8');
  const current = generationIn(text);
  if (current === undefined) server.violations.push(`the file is not whole: ${text}`);
  if (current === server.newest) return 'kept';
  const folder = dirname(path);
  const heir = `oauth_creds.json.${createHash('sha256').update(text).digest('hex').slice(0, 16)}.`;
  for (const name of await readdir(folder)) {
    const other = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (!other.includes(`refresh-${server.newest}`)) continue;
    if (!name.startsWith(heir) || generationIn(other) === undefined) {
      server.violations.push(`${name} holds the newest token, and no run will find it`);
    }
    return 'recovered';
  }
  // No client can send it, so that it counts as not issued.
  server.newest = current ?? 0;
  return 'lost';
}

function generationIn(text: string): number | undefined {
  try {
    const { access_token, refresh_token } = JSON.parse(text) as Record<string, string>;
    const generation = Number(/^refresh-(\d+)$/.exec(refresh_token ?? '')?.[1]);
    return access_token === `access-${generation}` ? generation : undefined;
  } catch {
    return undefined;
  }
}
