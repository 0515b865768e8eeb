import { chown, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { rotatingIssuer, stored } from './rotating-issuer.ts';
import { createHome, type Result } from './program.ts';

/** A user who owns nothing. */
export const NOBODY = 65_534;
export const root = process.getuid?.() === 0;

/** A home with an expired login at a server that rotates refresh tokens. */
export async function expiredLoginHome() {
  const issuer = await rotatingIssuer();
  const home = await createHome({
    QWEN_DEMO_OAUTH_BASE_URL: issuer.url,
    QWEN_DEMO_AUTH: 'oauth',
  });
  const folder = dirname(home.credentials);
  const file = home.credentials;
  const put = (credentials: unknown) =>
    writeFile(file, typeof credentials === 'string' ? credentials : JSON.stringify(credentials), {
      mode: 0o600,
    });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await put({ ...stored(), resource_url: issuer.url });
  let undo = async () => {};
  return {
    issuer: issuer.state,
    url: issuer.url,
    home,
    folder,
    file,
    lock: join(folder, 'oauth_creds.qwen-demo.lock'),
    put,
    /** Gives all files to a user without rights. Resolves to the user who is to run the program. */
    async giveUpRights(): Promise<{ uid?: number }> {
      if (!root) return {};
      const paths = [home.path, join(home.path, '.config'), folder, file];
      for (const path of paths) await chown(path, NOBODY, NOBODY);
      return { uid: NOBODY };
    },
    /** Runs when the world ends. */
    finally(last: () => Promise<void>) {
      undo = last;
    },
    /** What the user sees, with placeholders for the names that differ between runs. */
    seen({ code, stdout, stderr }: Result): { code: number | string; text: string } {
      const answer = stdout.replace(/^access-\d+$/m, 'the token').replace(/\t.*$/m, '');
      const text = `${answer}\n${stderr}`
        .replaceAll(file, 'FILE')
        .replaceAll(folder, 'FOLDER')
        .replaceAll(new URL(issuer.url).host, 'HOST');
      const lines = text.split('\n').map((line) => line.trim());
      return { code, text: lines.filter((line) => line !== '').join(' / ') };
    },
    /** What is on disk, in the words of docs/credentials.md. `before` is the result of `look`. */
    async afterwards(before: Look): Promise<string> {
      const after = await look(file);
      const others = (await readdir(folder).catch(() => [])).filter((one) => !NAMES.has(one));
      const failed = (await readdir(folder)).includes('oauth_creds.refresh-failure.json');
      const state =
        after.text === before.text ? 'as it was' : (TOKENS[tokensIn(after.text)] ?? after.text);
      const mode = after.mode === before.mode || after.mode === '' ? '' : `, mode ${after.mode}`;
      const extra = others.length === 0 ? '' : `, and ${others.join(', ')}`;
      return state + mode + (failed ? ', and a note of the failure' : '') + extra;
    },
    async [Symbol.asyncDispose]() {
      await undo();
      await home[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

export type ExpiredLoginHome = Awaited<ReturnType<typeof expiredLoginHome>>;

/** Beside the files of the program: the names that Kubernetes gives to a mounted secret. */
const NAMES = new Set([
  // What list-models keeps.
  'last-models.json',
  'oauth_creds.json',
  'oauth_creds.refresh-failure.json',
  '..data',
  '..2026',
]);

const TOKENS: Readonly<Record<string, string>> = {
  'access-2 refresh-2': 'the new tokens',
  'access-1 refresh-2': 'the old access token, the new refresh token',
  'access-2 refresh-1': 'the new access token, the old refresh token',
};

function tokensIn(text: string): string {
  const [, access] = /"access_token": "([^"]+)"/.exec(text) ?? [];
  const [, refresh] = /"refresh_token": "([^"]+)"/.exec(text) ?? [];
  return `${access} ${refresh}`;
}

export interface Look {
  text: string;
  mode: string;
}

/** What is at a path. Reads it without a change. */
export async function look(path: string): Promise<Look> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat) return { text: 'nothing', mode: '' };
  if (stat.isDirectory()) return { text: 'a folder', mode: '' };
  if (!stat.isFile()) return { text: `inode ${stat.ino}`, mode: '' };
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  return { text: await readFile(path, 'utf8'), mode };
}
