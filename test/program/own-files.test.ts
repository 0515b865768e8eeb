import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { recordingApi } from '../helpers/recording-api.ts';

const OK = json(200, { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
const MARK = '\uFEFF';

let home: Home;
let api: Awaited<ReturnType<typeof recordingApi>>;
beforeAll(async () => {
  [home, api] = await Promise.all([createHome(), recordingApi(OK)]);
});
afterAll(async () => {
  await Promise.all([home[Symbol.asyncDispose](), api[Symbol.asyncDispose]()]);
});

describe('a byte order mark is dropped', () => {
  const last = () => api.asked.at(-1)?.messages;

  test('from a prompt and from messages, on standard input and in a file', async () => {
    expect(await home.run(['chat'], { env: api.env, input: `${MARK}hello` })).toMatchObject({
      code: 0,
    });
    expect(last()).toEqual([{ role: 'user', content: 'hello' }]);
    const array = `${MARK}[{"role":"user","content":"a"}]`;
    await writeFile(join(home.path, 'messages.json'), array);
    for (const source of ['-', 'messages.json']) {
      const input = source === '-' ? array : '';
      const run = await home.run(['chat', '--messages', source], { env: api.env, input });
      expect(run).toMatchObject({ code: 0 });
      expect(last()).toEqual([{ role: 'user', content: 'a' }]);
    }
  });

  test('from config.json, oauth_creds.json and models.json', async () => {
    await using other = await createHome();
    const folder = join(other.path, '.config/qwen-demo');
    await mkdir(folder, { recursive: true });
    const expiry_date = Date.now() + 3_600_000;
    const login = { access_token: 'access-1', token_type: 'Bearer', expiry_date };
    await Promise.all([
      writeFile(join(folder, 'config.json'), `${MARK}{"profiles":{}}`),
      writeFile(other.credentials, `${MARK}${JSON.stringify(login)}`, { mode: 0o600 }),
      writeFile(
        join(other.path, 'models.json'),
        `${MARK}{"models":[{"model":"from-marked-file"}]}`,
      ),
    ]);
    expect(await other.run(['auth', 'token'])).toMatchObject({ code: 0, stdout: 'access-1\n' });
    const validation = ['validate-models', '--file', 'models.json', '--probe', 'chat'];
    await other.run(validation, { env: api.env });
    expect(api.asked.at(-1)).toMatchObject({ model: 'from-marked-file' });
  });
});

describe('the hint names what the user can change', () => {
  test.each([
    ['QWEN_DEMO_HOME that is a file', async () => '/etc/passwd', 'chat --list'],
    [
      'config.json that is a link to itself',
      async (folder: string) => {
        await symlink('config.json', join(folder, 'config.json'));
        return folder;
      },
      'list-models',
    ],
    [
      'api_key.json that is a link',
      async (folder: string) => {
        await symlink('elsewhere.json', join(folder, 'api_key.json'));
        return folder;
      },
      'chat -p x --base-url https://api.example.com/v1 --auth api-key',
    ],
    [
      'pending_login.json that is a folder',
      async (folder: string) => {
        await mkdir(join(folder, 'pending_login.json'));
        return folder;
      },
      'auth login --complete',
    ],
  ])('%s', async (_, prepare, command) => {
    await using other = await createHome();
    const QWEN_DEMO_HOME = await prepare(other.path);
    const run = await other.run(command.split(' '), { env: { QWEN_DEMO_HOME } });
    expect(run).toMatchObject({ code: 8, stdout: '' });
    expect(run.stderr).toMatch(/ame another folder with QWEN_DEMO_HOME\.\n$/);
    expect(run.stderr).not.toContain('--credentials');
  });

  test('for a QWEN_DEMO_HOME that is a file: the folder or the login', async () => {
    const run = await home.run(['auth', 'token'], { env: { QWEN_DEMO_HOME: '/etc/passwd' } });
    expect(run).toMatchObject({ code: 8, stdout: '' });
    expect(run.stderr).toContain(
      'Name another folder with QWEN_DEMO_HOME, or another file with --credentials.',
    );
  });
});
