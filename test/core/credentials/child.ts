import process from 'node:process';
import { createFileSession } from '../../../src/core/credentials/file-session.ts';
import { createFileLock } from '../../../src/core/credentials/lock.ts';
import { QwenDemoError } from '../../../src/core/errors.ts';
import { qwenServer } from '../../../src/core/oauth/qwen.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { plainSend } from '../../helpers/plain-send.ts';
import { realClock as clock, realRandom as random } from '../../helpers/real-world.ts';

// A process that uses a login: says when it is ready, waits for a word, does what it was told.
const [path = '', base = '', job = 'valid'] = process.argv.slice(2);
const say = (text: unknown) => process.stdout.write(`${JSON.stringify(text)}\n`);

const session = createFileSession({
  path,
  self: process,
  clock,
  random,
  refresh: ({ refresh_token = '' }) =>
    refreshGrant({
      server: qwenServer(base),
      client_id: 'client',
      refresh_token,
      send: plainSend,
      clock,
    }),
  onNotice: ({ code }) => say({ notice: code }),
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
    const renewed = await session.renew(access_token);
    return (await status(renewed?.access_token ?? '')) === 200 ? renewed : undefined;
  },
  /** Takes the bare lock, says so, and never gives it back. */
  hold: async () =>
    createFileLock({ path, self: process, clock, random }).run({
      critical: async () => {
        say({ holding: process.pid });
        await clock.sleep(60_000);
      },
    }),
  /** Adds a line that is torn if two processes hold the lock at a time. */
  append: async () => {
    const { appendFile, readFile, writeFile } = await import('node:fs/promises');
    const log = `${path}.log`;
    for (let round = 0; round < 20; round += 1) {
      await createFileLock({ path, self: process, clock, random }).run({
        critical: async () => {
          const busy = await readFile(`${path}.busy`, 'utf8').catch(() => '');
          // A killed holder leaves its mark: only a living one is a clash.
          if (busy !== '' && busy !== base) await appendFile(log, `${busy} ${process.pid}\n`);
          await writeFile(`${path}.busy`, String(process.pid));
          await clock.sleep(1);
          await writeFile(`${path}.busy`, '');
        },
      });
    }
    return 'done';
  },
};

process.stdin.once('data', () => {
  process.stdin.destroy();
  const started = clock.monotonic();
  const elapsed = () => Math.round(clock.monotonic() - started);
  jobs[job]!().then(
    (result) => say({ result, ms: elapsed() }),
    (error: unknown) => {
      const { kind, code, message, hint } = error as QwenDemoError;
      say({ error: { kind, code, message, hint }, ms: elapsed() });
    },
  );
});
say('ready');
