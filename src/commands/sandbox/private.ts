import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, mergeTokenResponse } from '../../core/credentials/credentials.ts';
import type { ThisProcess } from '../../core/files/owner.ts';
import { type NamingSetting, storageError } from '../../core/files/storage-error.ts';
import { patientFiles } from '../../core/files/patience.ts';
import { writeNew } from '../../core/files/replacement.ts';
import { QWEN_CLIENT_ID, qwenServer } from '../../core/qwen/issuer.ts';
import { ownFiles } from '../../core/settings/files.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Context } from '../context.ts';
import { runChild } from '../child.ts';
import { absolutePath } from '../paths.ts';

/** Variables that name other servers, or files of the user. */
const FOREIGN_VARIABLES =
  /^(?:QWEN|OPENAI|OLLAMA|DASHSCOPE|BAILIAN|ALIBABA|XDG)_|^(?:HTTPS?|ALL|NO)_PROXY$|^(?:APPDATA|LOCALAPPDATA)$/i;

/**
 * Runs one command of this program against the sandbox, in a home folder of its own that is deleted
 * at the end. Every command but `auth login` is signed in. Resolves to the exit code.
 * @throws StorageError if the home folder cannot be made; the reason of the context's signal
 */
export async function runPrivately(
  context: Context,
  sandbox: Sandbox,
  command: readonly string[],
): Promise<number> {
  const home = await makeHome(context);
  try {
    if (!isLogin(command)) await signIn(context, sandbox, home);
    const [executable, ...args] = context.program;
    return await runChild(context, [executable, ...args, ...command], {
      ...ownVariables(context.env),
      HOME: home,
      USERPROFILE: home,
      QWEN_DEMO_HOME: home,
      // The login is approved at once, so that no page needs to open.
      BROWSER: 'none',
      ...sandbox.environment(),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Makes a home folder with an absolute path: a relative HOME is ignored. @throws StorageError */
async function makeHome({ self }: Context): Promise<string> {
  const folder = absolutePath(tmpdir());
  return mkdtemp(join(folder, 'qwen-demo-sandbox-')).catch((error: unknown) => {
    throw storageError('make a folder in', { path: folder, setting: temporaryFolder(self) }, error);
  });
}

function temporaryFolder({ platform }: ThisProcess): NamingSetting {
  return { sets: 'folder', name: platform === 'win32' ? 'TEMP' : 'TMPDIR' };
}

/** Whether the command is `auth`, `auth --json` or `auth login`. */
function isLogin([command, subcommand = 'login']: readonly string[]): boolean {
  return command === 'auth' && (subcommand === 'login' || subcommand.startsWith('-'));
}

function ownVariables(env: Context['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN_VARIABLES.test(name)));
}

async function signIn({ clock, self }: Context, sandbox: Sandbox, home: string): Promise<void> {
  const { issuer, token_endpoint } = qwenServer(sandbox.url);
  const origin = { issuer, token_endpoint, client_id: QWEN_CLIENT_ID };
  const token = sandbox.issue();
  const credentials: Credentials = mergeTokenResponse(undefined, token, clock.now(), origin);
  const path = ownFiles(home).credentials;
  const text = `${JSON.stringify(credentials, null, 2)}\n`;
  await writeNew(patientFiles(clock), path, text).catch((error: unknown) => {
    throw storageError('write', { path, setting: temporaryFolder(self) }, error);
  });
}
