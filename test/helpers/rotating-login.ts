import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Credentials } from '../../src/core/credentials/credentials.ts';
import { createFileSession } from '../../src/core/credentials/file-session.ts';
import { createFileStore } from '../../src/core/credentials/file-store.ts';
import type { Notice } from '../../src/core/credentials/store.ts';
import { createTransport } from '../../src/core/http/transport.ts';
import type { Clock } from '../../src/core/ports.ts';
import { qwenServer } from '../../src/core/qwen/issuer.ts';
import { refreshGrant } from '../../src/core/oauth/refresh.ts';
import { realClock, realRandom as random, temporaryFolder } from './real-world.ts';
import { rotatingIssuer, stored } from './rotating-issuer.ts';

const LATER = Date.now() + 3_600_000;

/** Credentials that last for an hour. */
export const valid = (generation = 1) => stored(generation, LATER);

/** A second passes at every look, so that nobody waits for the save of another program. */
export function impatientClock(): Clock {
  let now = 0;
  return { ...realClock, monotonic: () => (now += 1000) };
}

/** A login in a folder of its own, at an issuer of its own. */
export async function login(credentials: Credentials | undefined = stored(), clock = realClock) {
  const folder = await temporaryFolder();
  const issuer = await rotatingIssuer();
  const path = join(folder.path, 'oauth_creds.json');
  const notices: Notice[] = [];
  const holds: string[] = [];
  if (credentials) await writeFile(path, JSON.stringify(credentials), { mode: 0o600 });
  const onNotice = (notice: Notice) => notices.push(notice);
  const store = createFileStore({ path, self: process, random, clock, onNotice });
  const open = () =>
    createFileSession({
      path,
      store: createFileStore({ path, self: process, random, clock, onNotice }),
      self: process,
      clock,
      random,
      onNotice,
      holdEnd() {
        holds.push('held');
        return () => holds.push('released');
      },
      refresh: ({ refresh_token }, control) =>
        refreshGrant({
          ...control,
          findServer: async () => qwenServer(issuer.url),
          client_id: 'client',
          refresh_token,
          send: createTransport(),
          clock,
        }),
    });
  return {
    ...open(),
    /** Another program with the same login. */
    open,
    path,
    folder: folder.path,
    issuer: issuer.state,
    url: issuer.url,
    notices,
    /** When a hard end of the process was to wait, and when no longer. */
    holds,
    /** Saves as a process does that dies before the last step. */
    dieSaving: async (fresh: Credentials) => (await store.prepare()).write(fresh),
    onDisk: async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}
