import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelApi, says } from '../helpers/model-api.ts';
import { createHome, type Home, type RunOptions } from '../helpers/program.ts';

/** Not in the password database, as a container's user ID that was chosen at random. */
const NOBODY = 123_456;
const NEEDS_ROOT = process.getuid?.() !== 0;

/** Whatever the program wrote into the current folder. */
const written = async ({ path }: Home) => (await readdir(path, { recursive: true })).toSorted();

async function runWithApi(home: Home, args: string[], options: RunOptions = {}) {
  await using api = await modelApi({ m: says('hello') });
  const env = { OPENAI_BASE_URL: `${api.url}/v1`, OPENAI_API_KEY: 'sk-1', OPENAI_MODEL: 'm' };
  return await home.run(args, { ...options, env: { ...env, ...options.env } });
}

describe('a variable that would make the current folder the home is ignored', () => {
  test.each([
    [{ HOME: '' }, ''],
    [{ HOME: '.' }, ''],
    [{ XDG_CONFIG_HOME: '.config' }, ''],
    [{ XDG_CONFIG_HOME: '' }, ''],
    [{ QWEN_DEMO_HOME: '.config/qwen-demo' }, 'QWEN_DEMO_HOME is ignored'],
  ])('%j: its config.json is not read', async (env, notice) => {
    await using home = await createHome({ HOME: '/nonexistent' });
    await mkdir(join(home.path, '.config/qwen-demo'), { recursive: true });
    await writeFile(join(home.path, '.config/qwen-demo/config.json'), 'not JSON');
    const run = await home.run(['list-models', '--known'], { env });
    expect(run.code).toBe(0);
    const status = await home.run(['auth', 'status'], { env });
    expect(status.code).toBe(3);
    expect(status.stderr).toContain(notice);
  });

  test.each([{ HOME: '.' }, { XDG_CONFIG_HOME: 'x' }, { QWEN_DEMO_HOME: 'x' }])(
    '%j: a key is not written into it',
    async (env) => {
      await using home = await createHome({ HOME: '/dev/null/none' });
      // No test may write into the home of the password database, not even that of root.
      const run = await home.run(
        ['auth', 'login', '--with-api-key', '--base-url', 'http://127.0.0.1:9/v1'],
        { env, input: 'sk-secret', ...(NEEDS_ROOT ? {} : { uid: 65_534 }) },
      );
      expect(run.code).toBe(8);
      expect(run.stderr).toContain('QWEN_DEMO_HOME');
      expect(await written(home)).toEqual([]);
    },
  );

  test('the notice about a relative home names the absolute path once', async () => {
    await using home = await createHome({ QWEN_DEMO_HOME: 'mine' });
    const run = await runWithApi(home, ['chat', '-p', 'hi']);
    expect(run).toMatchObject({ code: 0, stdout: 'hello\n' });
    expect(run.stderr).toBe(
      `QWEN_DEMO_HOME is ignored: "mine" is not an absolute path. Write QWEN_DEMO_HOME=${home.path}/mine\n`,
    );
  });
});

describe('a tilde at the beginning of a path is the home', () => {
  test('in every flag that takes a file', async () => {
    await using home = await createHome();
    const at_home = (name: string) => join(home.path, 'h', name);
    await mkdir(at_home(''));
    const files = {
      'f.txt': 'a file',
      's.txt': 'a system text',
      'm.json': '[{"role":"user","content":"x"}]',
      'schema.json': '{"type":"object"}',
      'models.json': '{"models":[{"model":"m","probes":["chat"]}]}',
      'known.json': '{"version":1,"failures":[]}',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(at_home(name), text);
    const env = { HOME: join(home.path, 'h') };
    const chat = await runWithApi(
      home,
      ['chat', '-p', 'hi', '-f=~/f.txt', '--system=@~/s.txt', '--messages=~/m.json', '-o=~/o.txt'],
      { env },
    );
    expect(chat).toMatchObject({ code: 2 });
    const good = await runWithApi(
      home,
      [
        'chat',
        '-p',
        'hi',
        '--file=~/f.txt',
        '--system=@~/s.txt',
        '--messages=~/m.json',
        '--output=~/o.txt',
      ],
      { env },
    );
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(at_home('o.txt'), 'utf8')).toBe('hello\n');
    const schema = await runWithApi(home, ['chat', '-p', 'hi', '--json-schema=~/schema.json'], {
      env,
    });
    expect(schema.code).toBe(7);
    const image = await runWithApi(home, ['chat', '-p', 'hi', '--image=~/f.txt'], { env });
    expect(image.stderr).toContain(`${at_home('f.txt')} is not a picture`);
    const validation = await runWithApi(
      home,
      [
        'validate-models',
        '--file=~/models.json',
        '--baseline=~/baseline.json',
        '--update-baseline',
        '--report=json=~/report.json',
        '--report=markdown=~/report.md',
      ],
      { env },
    );
    expect(validation).toMatchObject({ code: 0 });
    const found = await readdir(at_home(''));
    expect(found).toEqual(expect.arrayContaining(['baseline.json', 'report.json', 'report.md']));
    const init = await runWithApi(home, ['validate-models', '--init=~/models.json'], { env });
    expect(init.stderr).toContain(`${at_home('models.json')} is there already`);
    const known = await runWithApi(
      home,
      ['validate-models', '-m', 'm', '--known-failures=~/none.json'],
      { env },
    );
    expect(known.stderr).toContain(at_home('none.json'));
    expect((await readdir(home.path)).toSorted()).toEqual(['h']);
  });

  test('in --credentials, QWEN_DEMO_CREDENTIALS, QWEN_HOME, QWEN_DEMO_HOME and auth import', async () => {
    await using home = await createHome();
    const login = JSON.stringify({
      access_token: 'at-1',
      token_type: 'Bearer',
      resource_url: 'portal.qwen.ai',
      expiry_date: Date.now() + 3_600_000,
    });
    await writeFile(join(home.path, 'q.json'), login, { mode: 0o600 });
    await mkdir(join(home.path, 'qwen'));
    await writeFile(join(home.path, 'qwen/oauth_creds.json'), login, { mode: 0o600 });
    const token = { code: 0, stdout: 'at-1\n' };
    expect(await home.run(['auth', 'token', '--credentials=~/q.json'])).toMatchObject(token);
    const env = { QWEN_DEMO_CREDENTIALS: '~/q.json' };
    expect(await home.run(['auth', 'token'], { env })).toMatchObject(token);
    expect(await home.run(['auth', 'token'], { env: { QWEN_DEMO_HOME: '~/qwen' } })).toMatchObject(
      token,
    );
    const to = ['--credentials=~/copy.json', '--force', '--profile=p'];
    const imported = await home.run(['auth', 'import', ...to], { env: { QWEN_HOME: '~/qwen' } });
    expect(imported.stdout).toContain(`to ${home.path}/copy.json`);
    expect(await home.run(['auth', 'import', '~/q.json', ...to])).toMatchObject({ code: 0 });
    const config = await readFile(join(home.path, '.config/qwen-demo/config.json'), 'utf8');
    expect(config).toContain(`"credentials": "${home.path}/copy.json"`);
    expect((await readdir(home.path)).toSorted()).not.toContain('~');
  });

  test('but ./~/q.json is a file in a folder called ~', async () => {
    await using home = await createHome();
    await mkdir(join(home.path, '~'));
    await writeFile(join(home.path, '~/f.txt'), 'not text \0');
    const run = await runWithApi(home, ['chat', '-p', 'hi', '--file=./~/f.txt']);
    expect(run.stderr).toContain('error: ./~/f.txt is not text');
  });
});

describe.skipIf(NEEDS_ROOT)('a user without a home', () => {
  const no_home = { HOME: '' };

  test.each([
    [['chat', '-p', 'hi'], 0],
    [['list-models', '--details'], 0],
    // The model gives the wrong answer.
    [['validate-models', '-m', 'm', '--probe', 'chat'], 9],
    [['auth', 'status'], 0],
    [['sandbox', '--', 'chat', '-p', 'hi'], 0],
    [['chat', '--help'], 0],
  ])('runs %j, which exits %i', async (args, code) => {
    await using home = await createHome(no_home);
    const run = await runWithApi(home, args, { uid: NOBODY });
    expect(run).toMatchObject({ code });
  });

  test.each([
    [['auth', 'login', '--no-browser']],
    [['auth', 'token']],
    [['auth', 'refresh']],
    [['auth', 'logout']],
    [['auth', 'status', '--auth', 'oauth']],
    [['auth', 'import']],
    [['chat', '-p', 'hi', '--new', 'a']],
    [['chat', '--list']],
    [['chat', '-p', 'hi', '-c']],
    [['chat', '-p', 'hi', '--file=~/x']],
    [['chat', '-p', 'hi', '--auth', 'oauth']],
  ])('sees from %j which variable to set, with exit code 2', async (args) => {
    await using home = await createHome(no_home);
    const run = await runWithApi(home, args, { uid: NOBODY });
    expect(run.code).toBe(2);
    expect(run.stderr.match(/^error: .*your user has no home folder$/gm)).toHaveLength(1);
    expect(run.stderr).toContain('export QWEN_DEMO_HOME=');
  });

  test('signs in with QWEN_DEMO_HOME alone', async () => {
    await using home = await createHome(no_home);
    const env = { QWEN_DEMO_HOME: '/dev/shm/none' };
    expect(await home.run(['auth', 'status'], { env, uid: NOBODY })).toMatchObject({ code: 3 });
  });
});

describe.skipIf(process.platform !== 'linux')('under /proc, where no folder can be made,', () => {
  test.each([
    ['auth login --with-api-key', ['auth', 'login', '--with-api-key', '--plan', 'standard']],
    ['chat --new', ['chat', '-p', 'hi', '--new', 'x']],
    ['chat -o', ['chat', '-p', 'hi', '-o', '/proc/none/a/b']],
    ['validate-models --report', ['validate-models', '--report', 'json=/proc/none/a/b']],
  ])('%s ends with 8 and does not try for ever', async (_, args) => {
    await using home = await createHome({ HOME: '/proc/none' });
    const run = await runWithApi(home, args, { input: 'sk-secret' });
    expect(run.code).toBe(8);
    expect(run.stderr).toMatch(/^error: Cannot (make|write) \/proc\/none\/[^]*: /);
  });
});
