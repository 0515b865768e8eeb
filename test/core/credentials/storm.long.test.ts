import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../helpers/real-world.ts';
import {
  bundleChild,
  type Child,
  type Outcome,
  startChild,
} from '../../helpers/credentials-children.ts';
import { rotatingIssuer, stored } from '../../helpers/rotating-issuer.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

async function gather(count: number, args: string[]): Promise<Child[]> {
  return Promise.all(Array.from({ length: count }, () => startChild(program, args)));
}

async function tellAll(children: Child[], job: string): Promise<(Outcome | undefined)[]> {
  for (const child of children) child.tell(job);
  return Promise.all(children.map(outcomeOf));
}

/** On a busy machine a process also says that it waits for the lock. */
async function outcomeOf(child: Child): Promise<Outcome | undefined> {
  const said = await child.next();
  return said?.notice === undefined ? said : child.next();
}

test(
  '50 processes send one refresh request for an expired token and one after a 401',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using issuer = await rotatingIssuer({ latency: 500 });
    const path = join(folder.path, 'oauth_creds.json');
    await writeFile(path, JSON.stringify(stored()), { mode: 0o600 });
    const children = await gather(50, [path, issuer.url]);

    for (const [job, generation] of [
      ['valid', 2],
      ['rejected', 3],
    ] as const) {
      issuer.state.accepted = generation;
      const outcomes = await tellAll(children, job);
      const tokens = outcomes.map((one) => one?.result?.access_token ?? JSON.stringify(one));
      expect(new Set(tokens)).toEqual(new Set([`access-${generation}`]));
      expect(issuer.state.requests).toBe(generation - 1);
      // The refresh takes 500 ms; fifty processes also share the processors. A lock of a dead
      // process is taken over after 35 s.
      expect(Math.max(...outcomes.map((one) => one?.ms ?? Infinity))).toBeLessThan(20_000);
      const left: unknown = JSON.parse(await readFile(path, 'utf8'));
      expect(left).toMatchObject({ refresh_token: `refresh-${generation}` });
      expect(await readdir(folder.path)).toEqual(['oauth_creds.json']);
    }
    for (const child of children) child.end();
  },
);

test('processes that wait for a refresh fail with its error', async () => {
  await using folder = await temporaryFolder();
  await using issuer = await rotatingIssuer({ latency: 300 });
  issuer.state.mishap = { status: 503, json: {} };
  const path = join(folder.path, 'oauth_creds.json');
  await writeFile(path, JSON.stringify(stored()), { mode: 0o600 });

  const children = await gather(10, [path, issuer.url]);
  const outcomes = await tellAll(children, 'valid');
  expect(new Set(outcomes.map((one) => one?.error?.code))).toEqual(new Set(['server_error']));
  expect(issuer.state.requests).toBe(1);

  // Who comes later tries again.
  issuer.state.mishap = undefined;
  const later = await tellAll(children, 'valid');
  expect(new Set(later.map((one) => one?.result?.access_token))).toEqual(new Set(['access-2']));
  for (const child of children) child.end();
});
