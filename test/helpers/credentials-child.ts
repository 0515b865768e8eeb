import { appendFile, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createFileSession, createStore } from '../../src/core/credentials/file-session.ts';
import type { Notice } from '../../src/core/credentials/store.ts';
import { createFileLock } from '../../src/core/files/lock.ts';
import { SETTING_CREDENTIALS } from '../../src/core/files/storage-error.ts';
import type { QwenDemoError } from '../../src/core/errors.ts';
import { qwenServer } from '../../src/core/qwen/issuer.ts';
import { refreshGrant } from '../../src/core/oauth/refresh.ts';
import { plainSend } from './plain-send.ts';
import { realClock as clock, realRandom as random } from './real-world.ts';

// A process that uses a login. It prints `ready`, then runs each job that it reads from stdin.
const [path = '', base = ''] = process.argv.slice(2);
const say = (text: unknown) => process.stdout.write(`${JSON.stringify(text)}\n`);

/** How often `contend` takes the lock. */
const ROUNDS = 20;

const onNotice = ({ code }: Notice) => say({ notice: code });
const session = createFileSession({
  path,
  store: createStore({ store: 'file', path, self: process, random, clock, onNotice }),
  self: process,
  clock,
  random,
  refresh: ({ refresh_token }) =>
    refreshGrant({
      findServer: async () => qwenServer(base),
      client_id: 'client',
      refresh_token,
      send: plainSend,
      clock,
    }),
  onNotice,
});

async function status(access_token: string): Promise<number> {
  const headers = { authorization: `Bearer ${access_token}` };
  const response = await plainSend({ method: 'GET', url: `${base}/me`, headers });
  return response.status;
}

const jobs: Record<string, () => Promise<unknown>> = {
  /** The token is refreshed because it has expired. */
  valid: async () => session.getValid(),
  /** The token is refreshed because the API says 401. */
  rejected: async () => {
    const { access_token } = await session.getValid();
    if ((await status(access_token)) !== 401) return undefined;
    const renewed = await session.renew(access_token);
    return (await status(renewed?.access_token ?? '')) === 200 ? renewed : undefined;
  },
  /** Takes the bare lock, prints that, and never releases it. */
  hold: async () =>
    createFileLock({ path, setting: SETTING_CREDENTIALS, self: process, clock, random }).run({
      critical: async () => {
        say({ holding: process.pid });
        await clock.sleep(60_000);
      },
    }),
  /** Dies while it takes over the bare lock: at its third unique name, that of the new lock. */
  die: async () => {
    let calls = 0;
    const uuid = () => {
      if ((calls += 1) === 3) process.kill(process.pid, 'SIGKILL');
      return random.uuid();
    };
    return createFileLock({
      path,
      setting: SETTING_CREDENTIALS,
      self: process,
      clock,
      random: { ...random, uuid },
    }).run({
      critical: async () => 'survived',
    });
  },
  /** Takes the bare lock 20 times, and records each time that another process holds it too. */
  contend: async () => {
    const busy = `${path}.busy`;
    for (let round = 0; round < ROUNDS; round += 1) {
      await createFileLock({
        path,
        setting: SETTING_CREDENTIALS,
        self: process,
        clock,
        random,
      }).run({
        critical: async () => {
          if ((await readFile(busy, 'utf8').catch(() => '')) !== '') {
            await appendFile(`${path}.clashes`, `${process.pid}\n`);
          }
          await writeFile(busy, String(process.pid));
          await clock.sleep(1);
          await writeFile(busy, '');
        },
      });
    }
    return 'done';
  },
};

say('ready');
for await (const job of createInterface({ input: process.stdin })) {
  const started = clock.monotonic();
  const outcome = await jobs[job]!().then(
    (result) => ({ result }),
    ({ kind, code, message, hint }: QwenDemoError) => ({ error: { kind, code, message, hint } }),
  );
  say({ ...outcome, ms: Math.round(clock.monotonic() - started) });
}
