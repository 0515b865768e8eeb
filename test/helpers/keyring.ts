import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAMS = {
  bus: 'dbus-daemon',
  keyring: 'gnome-keyring-daemon',
  secret: 'secret-tool',
  send: 'dbus-send',
};

/** Whether this machine has all that a keyring of a test's own takes. */
export const hasKeyring = Object.values(PROGRAMS).every(
  (program) => !spawnSync(program, ['--version']).error,
);

/** A real Secret Service (GNOME's) on a bus of its own, unlocked, with nothing in it. */
export interface SecretService extends AsyncDisposable {
  /** The variables by which a program finds it. */
  env: Record<string, string>;
  /** What a person would find in it: the accounts of our secrets. */
  accounts(): string[];
  /** Changes a secret behind our back. */
  rewrite(account: string, change: (secret: string) => string): void;
  lock(): void;
}

export async function startSecretService(): Promise<SecretService> {
  const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-keyring-'));
  const address = `unix:path=${join(folder, 'bus')}`;
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: folder };
  const all = { PATH: process.env.PATH, HOME: folder, ...env };
  const bus = spawn(
    PROGRAMS.bus,
    ['--session', '--nofork', '--print-address', '--address', address],
    {
      env: all,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await once(bus.stdout, 'data');
  // It goes into the background when it is ready, and ends with the bus.
  execFileSync(PROGRAMS.keyring, ['--unlock', '--components=secrets'], {
    env: all,
    input: 'the password of the keyring',
    stdio: ['pipe', 'ignore', 'ignore'],
  });

  return {
    env,
    accounts() {
      const search = ['search', '--all', 'service', 'qwen-demo'];
      const { stdout, stderr } = spawnSync(PROGRAMS.secret, search, { env: all, encoding: 'utf8' });
      return [...`${stdout}${stderr}`.matchAll(/^attribute\.username = (.+)$/gm)].map(
        ([, account = '']) => account,
      );
    },
    rewrite(account, change) {
      const attributes = ['service', 'qwen-demo', 'username', account];
      const secret = execFileSync(PROGRAMS.secret, ['lookup', ...attributes], { env: all });
      execFileSync(PROGRAMS.secret, ['store', '--label=qwen-demo', ...attributes], {
        env: all,
        input: change(secret.toString()),
      });
    },
    lock() {
      const service = '/org/freedesktop/secrets';
      const collection = `${service}/collection/login`;
      const method = ['org.freedesktop.Secret.Service.Lock', `array:objpath:${collection}`];
      const to = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', service];
      execFileSync(PROGRAMS.send, [...to, ...method], { env: all });
    },
    async [Symbol.asyncDispose]() {
      const gone = once(bus, 'exit');
      bus.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
