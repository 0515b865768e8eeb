import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, mergeTokenResponse } from '../../core/credentials/credentials.ts';
import type { ThisProcess } from '../../core/files/owner.ts';
import { type NamedBy, storageError } from '../../core/files/storage-error.ts';
import { Interrupted } from '../../core/errors.ts';
import { writeNew } from '../../core/files/replacement.ts';
import { QWEN_CLIENT_ID, qwenServer } from '../../core/qwen/issuer.ts';
import { ownFiles } from '../../core/settings/files.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Context } from '../context.ts';
import { absolutePath } from '../paths.ts';

/** Variables that would lead the command elsewhere, or to files of the user's. */
const FOREIGN =
  /^(?:QWEN|OPENAI|DASHSCOPE|BAILIAN|XDG)_|^(?:HTTPS?|ALL|NO)_PROXY$|^(?:APPDATA|LOCALAPPDATA)$/i;

/** Milliseconds that an interrupted command has to end by itself: it may be in a refresh of 10 s. */
const GRACE = 13_000;

/**
 * Runs one command of this program against the sandbox with a home of its own, which is gone
 * afterwards. Any command but the login itself finds itself signed in. Resolves to the exit code.
 */
export async function runPrivately(
  context: Context,
  sandbox: Sandbox,
  command: readonly string[],
): Promise<number> {
  const home = await makeHome(context);
  try {
    if (!isLogin(command)) await signIn(context, sandbox, home);
    return await runChild(context, command, {
      ...withoutForeign(context.env),
      HOME: home,
      USERPROFILE: home,
      QWEN_DEMO_HOME: home,
      // A page that is approved by itself and gone in a moment is nothing to open.
      BROWSER: 'none',
      ...sandbox.environment(),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Absolute, because a relative home is ignored. @throws StorageError */
async function makeHome({ self }: Context): Promise<string> {
  const folder = absolutePath(tmpdir());
  return mkdtemp(join(folder, 'qwen-demo-sandbox-')).catch((error: unknown) => {
    throw storageError('make a folder in', { path: folder, named: temporaryFolder(self) }, error);
  });
}

function temporaryFolder({ platform }: ThisProcess): NamedBy {
  return { what: 'folder', by: platform === 'win32' ? 'TEMP' : 'TMPDIR' };
}

/** `auth`, `auth --json`, `auth login`. */
function isLogin([command, subcommand = 'login']: readonly string[]): boolean {
  return command === 'auth' && (subcommand === 'login' || subcommand.startsWith('-'));
}

function withoutForeign(env: Context['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN.test(name)));
}

async function signIn({ clock, self }: Context, sandbox: Sandbox, home: string): Promise<void> {
  const { issuer, token_endpoint } = qwenServer(sandbox.url);
  const origin = { issuer, token_endpoint, client_id: QWEN_CLIENT_ID };
  const token = sandbox.issue();
  const credentials: Credentials = mergeTokenResponse(undefined, token, clock.now(), origin);
  const path = ownFiles(home).credentials;
  await writeNew(path, `${JSON.stringify(credentials, null, 2)}\n`).catch((error: unknown) => {
    throw storageError('write', { path, named: temporaryFolder(self) }, error);
  });
}

async function runChild(
  { program, signal, holdEnd }: Context,
  command: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  signal.throwIfAborted();
  const [executable, ...args] = program;
  const child = spawn(executable, [...args, ...command], { env, stdio: 'inherit' });
  let kill: NodeJS.Timeout | undefined;
  let release: (() => void) | undefined;
  const forward = (): void => {
    // Its home is taken away only when it has ended.
    release = holdEnd(GRACE);
    child.kill(signalOf(signal.reason));
    kill = setTimeout(() => child.kill('SIGKILL'), GRACE);
  };
  signal.addEventListener('abort', forward, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killer) => {
        // As a shell reports it.
        resolve(code ?? 128 + (killer === null ? 0 : constants.signals[killer]));
      });
    });
  } finally {
    clearTimeout(kill);
    release?.();
    signal.removeEventListener('abort', forward);
  }
}

/** The signal that ended us. A closed output means that the terminal is gone: we write nothing. */
function signalOf(reason: unknown): NodeJS.Signals {
  const name = reason instanceof Interrupted ? reason.signal : 'SIGTERM';
  return name === 'SIGPIPE' ? 'SIGHUP' : name;
}
