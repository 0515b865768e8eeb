import { createRequire } from 'node:module';
import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';
import { bodyOf } from '../helpers/loopback.ts';

/** An error code for a call on a path, undefined to let it pass. */
type FailureOf = (name: string, path: string) => string | undefined;
const require = createRequire(import.meta.url);
const { failCalls } = require('../helpers/failing-calls.cjs') as {
  failCalls: (failureOf: FailureOf) => () => void;
};

/** FUZZ_RUNS sets the number of runs and makes them new, FUZZ_SEED repeats one. */
const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS === undefined ? '20260415' : undefined } = process.env;
const PARAMETERS = {
  numRuns: Number(FUZZ_RUNS ?? 6),
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
  endOnFailure: true,
};
const LIMIT = Math.max(30_000, PARAMETERS.numRuns * 2000);

/** What refuses a call in passing. */
const PASSING = ['EPERM', 'EACCES', 'EBUSY', 'EIO', 'EAGAIN', 'EMFILE', 'ENOTSUP', 'UNKNOWN'];

let world: InProcessHome;
beforeAll(async () => {
  world = await createInProcessHome();
});
afterAll(() => world[Symbol.asyncDispose]());

/** An issuer that approves at once, rotates, and revokes the login when a token comes twice. */
function rotatingServer() {
  const state = { generation: 0, revoked: false, logins: 0, expires_in: 3600 };
  world.answer(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    const send = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (request.url?.endsWith('/device/code')) {
      const uri = 'https://example.com/activate';
      return send(200, { device_code: 'd', user_code: 'AB-12', verification_uri: uri });
    }
    if (!request.url?.endsWith('/token')) return send(200, { object: 'list', data: [] });
    if (form.get('grant_type') !== 'refresh_token') state.logins += 1;
    else if (form.get('refresh_token') !== `refresh-${state.generation}`) state.revoked = true;
    if (state.revoked) return send(400, { error: 'invalid_grant' });
    const number = (state.generation += 1);
    const tokens = { access_token: `access-${number}`, refresh_token: `refresh-${number}` };
    return send(200, { ...tokens, token_type: 'Bearer', expires_in: state.expires_in });
  });
  return state;
}

const env = () => ({ QWEN_DEMO_OAUTH_BASE_URL: world.url });
const PROFILE = ['--profile', 'work'];
const login = () => [
  'auth',
  'login',
  '--no-browser',
  ...PROFILE,
  '--base-url',
  `${world.url}/v1`,
  '--json',
];

/** Runs a command while calls in the home fail. */
async function runFailing(failureOf: FailureOf, args: readonly string[], stdin?: string) {
  const restore = failCalls((name, path) =>
    path.startsWith(world.home) ? failureOf(name, path) : undefined,
  );
  try {
    return await world.run(args, env(), stdin);
  } finally {
    restore();
  }
}

/** Lets about a third of all calls fail, and never the same one twice in a row. */
function sometimes(seed: number): FailureOf {
  let random = seed >>> 0;
  const failed = new Set<string>();
  return (name, path) => {
    // A linear congruential generator, with the constants of Numerical Recipes.
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const call = `${name} ${path}`;
    if (failed.delete(call) || random > 0x55_55_55_55) return undefined;
    failed.add(call);
    return PASSING[random % PASSING.length];
  };
}

const stored = async () =>
  JSON.parse(await world.read('oauth_creds.work.json')) as Record<string, unknown>;

test(
  'no call that is refused in passing loses a token, a key or a setting',
  async () => {
    const property = fc.asyncProperty(fc.nat(), async (seed) => {
      await world.furnish([]);
      const server = rotatingServer();
      const failing = sometimes(seed);
      const run = async (args: readonly string[], stdin?: string) => {
        const outcome = await runFailing(failing, args, stdin);
        expect([args, outcome.code, outcome.stderr]).toEqual([args, 0, outcome.stderr]);
        return outcome.stdout;
      };
      // The test request of the login refreshes it, and so does the next command.
      server.expires_in = 1;
      await run(login());
      server.expires_in = 3600;
      expect(await run(['auth', 'token', ...PROFILE])).toBe('access-3\n');
      await run(['auth', 'refresh', '--force', ...PROFILE]);
      expect(await run(['auth', 'status', ...PROFILE])).toContain('oauth_creds.work.json');
      expect(await stored()).toMatchObject({ refresh_token: 'refresh-4' });
      const key = ['auth', 'login', '--with-api-key', '--profile', 'key'];
      await run([...key, '--base-url', `${world.url}/v1`], 'sk-1234');
      expect(await world.read('api_key.key.json')).toContain('sk-1234');
      const config = JSON.parse(await world.read('config.json')) as { profiles: object };
      expect(Object.keys(config.profiles)).toEqual(['work', 'key']);
      await run(['auth', 'switch', 'work']);
      expect(await run(['auth', 'logout', ...PROFILE])).toContain('oauth_creds.work.json');
      expect(server).toMatchObject({ generation: 4, revoked: false, logins: 1 });
      expect((await readdir(world.home)).toSorted()).toEqual(['api_key.key.json', 'config.json']);
    });
    await fc.assert(property, PARAMETERS);
  },
  LIMIT,
);

/** A call that fails for good. */
const always =
  (call: string, errno: string, part: string): FailureOf =>
  (name, path) =>
    name === call && path.includes(part) ? errno : undefined;

test.each([
  ['rename', 'EBUSY'],
  ['rename', 'EPERM'],
  ['rename', 'EIO'],
  ['rename', 'EXDEV'],
])(
  'a first login whose %s is refused with %s for good is kept for the next command',
  async (...call) => {
    await world.furnish([]);
    const server = rotatingServer();
    const first = await runFailing(always(...call, 'oauth_creds.work.json'), login());
    expect(first.code).toBe(8);
    const { code, stdout } = await world.run(['auth', 'token', ...PROFILE], env());
    expect([code, stdout, server.logins]).toEqual([0, 'access-1\n', 1]);
  },
);

test.each([
  ['handle.sync', 'EIO'],
  ['handle.sync', 'EINVAL'],
  ['handle.close', 'EIO'],
  ['link', 'EPERM'],
  ['link', 'EISDIR'],
  ['utimes', 'ENOTSUP'],
])('a login is stored where every %s fails with %s', async (...call) => {
  await world.furnish([]);
  rotatingServer();
  const { code, stderr } = await runFailing(
    always(...call, call[0].startsWith('handle') ? 'work.json' : ''),
    login(),
  );
  expect([code, stderr]).toEqual([0, stderr]);
  expect(await stored()).toMatchObject({ refresh_token: 'refresh-1' });
  const told =
    stderr.replaceAll(/\s+/g, ' ').split('oauth_creds.work.json cannot flush').length - 1;
  expect(told).toBe(call[0].startsWith('handle') ? 1 : 0);
});

test('a refreshed login is stored when its temporary file can no longer be written to', async () => {
  await world.furnish([]);
  const server = rotatingServer();
  await world.run(login(), env());
  // The first temporary file takes the reserved bytes, and then nothing more.
  let first: string | undefined;
  let writes = 0;
  const failing: FailureOf = (name, path) => {
    if (name !== 'handle.write' || !/work\.json\.[0-9a-f]{16}\./.test(path)) return undefined;
    first ??= path;
    return path === first && (writes += 1) > 1 ? 'EIO' : undefined;
  };
  const { code } = await runFailing(failing, ['auth', 'refresh', '--force', ...PROFILE]);
  expect(code).toBe(0);
  expect(await stored()).toMatchObject({ refresh_token: `refresh-${server.generation}` });
  expect(server.generation).toBe(2);
});

test('a login is stored when config.json cannot be replaced in the end, and says both', async () => {
  await world.furnish([]);
  rotatingServer();
  const { code, stderr } = await runFailing(always('rename', 'EBUSY', '/config.json'), login());
  expect(code).toBe(0);
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('but its settings are not. Cannot write');
  expect(await stored()).toMatchObject({ refresh_token: 'refresh-1' });
  expect(await readdir(world.home)).toEqual(['oauth_creds.work.json']);
});

test('permissions that cannot be changed are told once, as they are', async () => {
  await world.furnish([]);
  rotatingServer();
  await world.run(login(), env());
  const { chmod } = await import('node:fs/promises');
  await chmod(`${world.home}/oauth_creds.work.json`, 0o644);
  const failing = always('handle.chmod', 'EPERM', '');
  const { code, stderr } = await runFailing(failing, ['auth', 'refresh', '--force', ...PROFILE]);
  expect(code).toBe(0);
  expect(stderr.split('is open to other users (mode 0644)')).toHaveLength(2);
});
