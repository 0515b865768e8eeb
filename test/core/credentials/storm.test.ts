import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../helpers/real-world.ts';
import { bundleChild, type Child, kill, startChild } from './children.ts';
import { rotatingIssuer, stored } from './rotating-issuer.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

async function gather(count: number, args: string[]): Promise<Child[]> {
  return Promise.all(Array.from({ length: count }, () => startChild(program, args)));
}

test.each([
  ['an expired token', 'valid', 0],
  ['a 401', 'rejected', Number.MAX_SAFE_INTEGER],
])(
  'a hundred processes with %s make one refresh request and all succeed',
  { timeout: 30_000 },
  async (_, job, expiry_date) => {
    await using folder = await temporaryFolder();
    await using issuer = await rotatingIssuer({ latency: 500 });
    const path = join(folder.path, 'oauth_creds.json');
    await writeFile(path, JSON.stringify(stored(1, expiry_date)), { mode: 0o600 });

    const children = await gather(100, [path, issuer.url, job]);
    for (const child of children) child.go();
    const outcomes = await Promise.all(children.map((child) => child.next()));

    expect(issuer.state.requests).toBe(1);
    expect(new Set(outcomes.map((one) => one?.result?.access_token ?? JSON.stringify(one)))).toEqual(new Set(['access-2']));
    // A hundred processes on two cores also wait for each other's turn on the processor.
    expect(Math.max(...outcomes.map((one) => one?.ms ?? Infinity))).toBeLessThan(4000);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ refresh_token: 'refresh-2' });
    expect(await readdir(folder.path)).toEqual(['oauth_creds.json']);
  },
);

test('when the one refresh fails, those who waited for it fail with it', async () => {
  await using folder = await temporaryFolder();
  await using issuer = await rotatingIssuer({ latency: 300 });
  issuer.state.mishap = { status: 503, json: {} };
  const path = join(folder.path, 'oauth_creds.json');
  await writeFile(path, JSON.stringify(stored()), { mode: 0o600 });

  const children = await gather(20, [path, issuer.url]);
  for (const child of children) child.go();
  const outcomes = await Promise.all(children.map((child) => child.next()));

  expect(new Set(outcomes.map((one) => one?.error?.code))).toEqual(new Set(['server_error']));
  expect(issuer.state.requests).toBe(1);
  const [late] = await gather(1, [path, issuer.url]);
  issuer.state.mishap = undefined;
  late!.go();
  expect(await late!.next()).toMatchObject({ result: { access_token: 'access-2' } });
});

test('whoever is killed in the middle of a refresh leaves a whole file and no lock in the way', async () => {
  await using folder = await temporaryFolder();
  const rounds = Array.from({ length: 24 }, async (_, round) => {
    await using issuer = await rotatingIssuer({ latency: 5 });
    const path = join(folder.path, `${round}`, 'oauth_creds.json');
    await mkdir(join(folder.path, `${round}`));
    await writeFile(path, JSON.stringify(stored()), { mode: 0o600 });
    const [victim, heir] = await gather(2, [path, issuer.url]);
    victim!.go();
    await sleep(round * 4);
    await kill(victim!);

    const left = JSON.parse(await readFile(path, 'utf8'));
    expect(left).toMatchObject({ refresh_token: expect.stringMatching(/^refresh-[12]$/) });
    heir!.go();
    let outcome = await heir!.next();
    if (outcome?.notice) outcome = await heir!.next();
    // The answer may have died with the victim: then nobody could have known it.
    if (outcome?.error) expect(outcome.error.code).toBe('refresh_token_rejected');
    else expect(outcome?.result?.access_token).toBe(`access-${issuer.state.generation}`);
  });
  await Promise.all(rounds);
});
