import { chmod, mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDoctorHome, type DoctorHome, KEY, LOGIN } from '../helpers/doctor.ts';

let home: DoctorHome;
beforeAll(async () => {
  home = await createDoctorHome();
});
afterAll(() => home[Symbol.asyncDispose]());
beforeEach(() => home.begin());

describe('the files of the program', () => {
  const text = JSON.stringify(LOGIN);

  test('a login that other users can read, and a folder that they can write to', async () => {
    await home.put('oauth_creds.json', text);
    await chmod(join(home.home, 'oauth_creds.json'), 0o644);
    await chmod(home.home, 0o770);
    const { of, all } = await home.doctor();
    expect(of('files')).toMatch(/warning: .*oauth_creds\.json, mode 0644[^]*chmod 600 ~\/oauth/);
    expect(of('folder')).toContain('chmod 700 ~');
    expect(of('token')).toContain('refreshed automatically');
    expect(all).not.toMatch(/access-0123|refresh-0123/);
  });

  test.each([
    ['oauth_creds.json', text],
    ['api_key.json', JSON.stringify({ api_key: KEY, endpoint: 'ENDPOINT' })],
  ])(
    '%s keeps the mode that the report shows, and stderr names no home folder',
    async (name, stored) => {
      await home.put(name, stored.replace('ENDPOINT', `${home.url}/v1`));
      await chmod(join(home.home, name), 0o666);
      const method = name === 'api_key.json' ? 'api-key' : 'oauth';
      const { of, all } = await home.doctor({}, ['--base-url', `${home.url}/v1`, '--auth', method]);
      expect(of('models')).toContain(method === 'oauth' ? 'problem' : 'ok: 127.0.0.1');
      expect(of('files')).toContain(`${name}, mode 0666, is open to other users`);
      expect((await stat(join(home.home, name))).mode & 0o777).toBe(0o666);
      expect(all).not.toContain(home.home);
    },
  );

  test('a damaged login is a problem where it is used, else a warning with its profile', async () => {
    await home.put('oauth_creds.json', '{');
    await home.put('oauth_creds.work.json', '{');
    const used = await home.doctor();
    expect(used.code).toBe(8);
    expect(used.of('files')).toContain('problem: ~/oauth_creds.json');
    expect(used.of('files')).toContain('qwen-demo auth --profile work');
    const unused = await home.doctor(home.withKey());
    expect(unused.code).toBe(0);
    expect(unused.of('files')).toContain('qwen-demo auth --profile default');
  });

  test('a lock of Qwen Code in a home named conversations is no lock of a conversation', async () => {
    const folder = join(home.home, 'conversations');
    await mkdir(join(folder, 'oauth_creds.lock'), { recursive: true });
    const { of } = await home.doctor({ QWEN_DEMO_HOME: folder });
    expect(of('files')).not.toMatch(/problem|is a folder/);
  });

  test('locks and temporary files that were left, of which it deletes none', async () => {
    const owner = { host: 'x', boot: '', namespace: '', pid: 7, start_time: '', nonce: 'n' };
    const names = ['config.lock', 'oauth_creds.json.0123456789abcdef.x.tmp'];
    await home.put('config.lock', JSON.stringify(owner));
    await home.put(names[1] ?? '', '{}');
    await mkdir(join(home.home, 'oauth_creds.lock'));
    for (const name of await readdir(home.home)) await utimes(join(home.home, name), 1e9, 1e9);
    const { of, code } = await home.doctor(home.withKey());
    expect(code).toBe(0);
    expect(of('files')).toContain('a lock is left: config.lock, made');
    expect(of('files')).toContain('; oauth_creds.lock, made');
    expect(of('files')).toContain('a write did not finish: oauth_creds.json.0123');
    expect(await readdir(home.home)).toEqual(expect.arrayContaining(names));
  });

  test('a folder in the place of a lock is a problem where the lock is used, in the words of the command that takes it', async () => {
    await home.put('oauth_creds.json', text);
    for (const name of ['oauth_creds.qwen-demo.lock', 'oauth_creds.work.qwen-demo.lock']) {
      await mkdir(join(home.home, name));
    }
    await mkdir(join(home.home, 'oauth_creds.lock/full'), { recursive: true });
    const { of, code } = await home.doctor();
    expect(code).toBe(8);
    const refusal = 'oauth_creds.qwen-demo.lock is a folder, not a file';
    expect(of('files')).toContain(`problem: ~/oauth_creds.lock is a folder that is not empty`);
    expect(of('files')).toContain(`~/${refusal}`);
    expect(of('files')).toMatch(
      /^warning: ~\/oauth_creds\.work\.qwen-demo\.lock .*\nMove it away/m,
    );
    expect(of('files')).not.toMatch(/lock is left|no lock/);
    const refresh = await home.run(['auth', 'refresh', '--force']);
    expect(refresh).toMatchObject({ code: 8 });
    expect(refresh.stderr).toContain(refusal);
  });

  test('a folder that is a file', async () => {
    await home.put('file', '');
    const { of, code } = await home.doctor({
      ...home.withKey(),
      QWEN_DEMO_HOME: join(home.home, 'file'),
    });
    expect(of('files')).toContain('warning: Cannot list ~/file: ');
    expect(of('files')).not.toMatch(/^ok/m);
    expect(of('folder')).toContain('problem: Cannot write to ~/file');
    expect(code).toBe(8);
  });
});
