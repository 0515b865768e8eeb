import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { identify, type Owner, ownerText } from '../../src/core/files/owner.ts';
import { stored } from '../helpers/rotating-issuer.ts';
import type { RunOptions } from '../helpers/program.ts';
import { type ExpiredLoginHome, NOBODY, root } from '../helpers/expired-login-home.ts';

/** An event that damages a login before a command runs or while it runs. */
export interface Disaster {
  the: string;
  /** Causes the event. Resolves to the options for the run of the command. */
  strike: (world: ExpiredLoginHome) => Promise<RunOptions | void>;
  /** Default: `auth token`. */
  args?: string[];
  /** Whether the event is possible on this machine. */
  possible?: boolean;
}

const holds = (the: string, text: string): Disaster => ({ the, strike: (w) => w.put(text) });

export const FILE: Disaster[] = [
  { the: 'is not there', strike: (w) => rm(w.file) },
  holds('is empty', ''),
  holds('is cut off', '{"access_token":"access-1","refresh_to'),
  holds('is not JSON', 'access_token=access-1'),
  holds('has no access_token', '{"refresh_token":"refresh-1","expiry_date":0}'),
  holds('has fields of other types', '{"access_token":"access-1","refresh_token":7,"scope":[]}'),
  {
    the: 'is a folder',
    strike: async (w) => {
      await rm(w.file);
      await mkdir(w.file);
    },
  },
  {
    the: 'is a symbolic link',
    strike: async (w) => {
      await rename(w.file, join(w.home.path, 'elsewhere'));
      await symlink(join(w.home.path, 'elsewhere'), w.file);
    },
  },
  {
    the: 'is a FIFO',
    strike: async (w) => {
      await rm(w.file);
      execFileSync('mkfifo', [w.file]);
    },
  },
  {
    the: 'belongs to another user',
    possible: root,
    strike: (w) => chown(w.file, NOBODY, NOBODY),
  },
  {
    the: 'cannot be read',
    strike: async (w) => {
      await chmod(w.file, 0o000);
      return w.giveUpRights();
    },
  },
  { the: 'can be read by everybody', strike: (w) => chmod(w.file, 0o644) },
  { the: 'cannot be written', strike: (w) => chmod(w.file, 0o400) },
];

const mountable = root && canMount();

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'qwen-demo-test-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

async function onDiskOf(w: ExpiredLoginHome, size: string): Promise<void> {
  const options = ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', w.folder];
  execFileSync('mount', options);
  w.finally(async () => void execFileSync('umount', [w.folder]));
  await w.put({ ...stored(), resource_url: w.url });
}

export const DISK: Disaster[] = [
  { the: 'is full', possible: mountable, strike: (w) => onDiskOf(w, '12k') },
  {
    the: 'is read-only',
    possible: mountable,
    strike: async (w) => {
      await onDiskOf(w, '1m');
      execFileSync('mount', ['-o', 'remount,ro', w.folder]);
    },
  },
  {
    the: 'has a folder that cannot be written in',
    strike: async (w) => {
      await chmod(w.folder, 0o500);
      return w.giveUpRights();
    },
  },
  {
    the: 'fails after the tokens were refreshed',
    strike: async (w) => {
      w.issuer.meanwhile = async () => {
        await rm(w.file);
        await mkdir(w.file);
      };
    },
  },
];

async function leaveLock(w: ExpiredLoginHome, owner: Partial<Owner>): Promise<void> {
  const here = await identify(process, 'left');
  await writeFile(w.lock, ownerText({ ...here, ...owner }), { mode: 0o600 });
  await mkdir(join(w.folder, 'oauth_creds.lock'));
}

const deadPid = () => spawnSync('true').pid;

export const LOCK: Disaster[] = [
  { the: 'is held by a process that was killed', strike: (w) => leaveLock(w, { pid: deadPid() }) },
  {
    the: 'is held by a process whose id another one has now',
    strike: (w) => leaveLock(w, { start_time: '1' }),
  },
  {
    the: 'has a time in the future',
    strike: async (w) => {
      await leaveLock(w, { pid: deadPid() });
      const tomorrow = Date.now() / 1000 + 86_400;
      await utimes(w.lock, tomorrow, tomorrow);
    },
  },
  {
    the: 'was left by Qwen Code 35 s ago',
    strike: async (w) => {
      const lock = join(w.folder, 'oauth_creds.lock');
      await writeFile(lock, '7c6b3f0e-3f0a-4d8e-9f5f-0a1b2c3d4e5f');
      const past = Date.now() / 1000 - 34.5;
      await utimes(lock, past, past);
    },
  },
];

/** Runs the program with a wall clock that is off by `hours`. */
async function shiftClock(w: ExpiredLoginHome, hours: number): Promise<RunOptions> {
  const shift = join(w.home.path, 'shift.cjs');
  await writeFile(shift, `const now = Date.now; Date.now = () => now() + ${hours} * 3600_000;\n`);
  return { env: { NODE_OPTIONS: `--require ${shift}` } };
}

export const CLOCK: Disaster[] = [
  {
    the: 'is a day ahead',
    strike: async (w) => {
      await w.put({ ...stored(1, Date.now() + 3_600_000), resource_url: w.url });
      return shiftClock(w, 24);
    },
  },
  {
    the: 'is a day behind, and the token expired an hour ago',
    args: ['list-models', 'a-model'],
    strike: async (w) => {
      await w.put({ ...stored(1, Date.now() - 3_600_000), resource_url: w.url });
      w.issuer.accepted = 2;
      return shiftClock(w, -24);
    },
  },
];

const answers = (the: string, status: number, json: unknown): Disaster => ({
  the,
  strike: async (w) => {
    w.issuer.mishap = { status, json };
  },
});

const mishap = (the: string, kind: 'drop' | 'cut' | 'html' | 'hang'): Disaster => ({
  the,
  strike: async (w) => {
    w.issuer.mishap = kind;
  },
});

const page = (the: string, status: number): Disaster => ({
  the,
  strike: async (w) => {
    w.issuer.mishap = { status, html: '<html><title>Blocked</title></html>' };
  },
});

const fresh = { access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer' };

export const ANSWER: Disaster[] = [
  mishap('is lost after the server rotated', 'drop'),
  {
    the: 'was lost, and this is the next command',
    strike: async (w) => {
      w.issuer.mishap = 'drop';
      await w.home.run(['auth', 'token']);
      w.issuer.mishap = undefined;
    },
  },
  mishap('is cut in the middle', 'cut'),
  mishap('never comes', 'hang'),
  mishap('is HTML', 'html'),
  answers('omits expires_in', 200, fresh),
  answers('omits refresh_token', 200, { ...fresh, refresh_token: undefined }),
  answers('omits access_token', 200, { ...fresh, access_token: undefined }),
  answers('says invalid_grant', 400, { error: 'invalid_grant' }),
  answers("says invalid_request, in Qwen's words", 400, {
    error: 'invalid_request',
    error_description: 'Invalid refresh token or client_id',
  }),
  answers('says invalid_request', 400, { error: 'invalid_request' }),
  answers('says invalid_client', 401, { error: 'invalid_client' }),
  answers('says E0000011, as Okta does', 401, {
    errorCode: 'E0000011',
    errorSummary: 'Invalid token provided',
  }),
  answers('says invalid_grant with the suberror of Entra ID', 400, {
    error: 'invalid_grant',
    error_description: 'AADSTS700082: expired',
    suberror: 'bad_token',
  }),
  answers('says UNAUTHENTICATED, as Google does', 401, {
    error: { code: 401, status: 'UNAUTHENTICATED', message: 'Bad client' },
  }),
  answers('is 408', 408, {}),
  answers('is 425', 425, { error: 'invalid_grant' }),
  page('is HTML with 403', 403),
  page('is HTML with 502', 502),
  answers('is 429', 429, {}),
  answers('is 500', 500, {}),
];
