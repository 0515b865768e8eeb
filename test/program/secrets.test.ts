import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { echoingServer } from '../helpers/echoing-server.ts';
import { put } from '../helpers/signed-in-home.ts';

/** Signs in first of all: every later command finds a login. */
const FAMILY = [
  ['auth', 'login'],
  ['auth', 'status'],
  ['auth', 'status', '--check'],
  ['auth', 'refresh', '--force'],
  ['auth', 'token'],
  ['auth', 'import', 'copy.json', '--force'],
  ['auth', 'login', '--init-only'],
  ['auth', 'login', '--complete'],
  ['chat', '-p', 'hi'],
  ['chat', '-p', 'hi', '-s'],
  ['list-models'],
];

test.concurrent.each([
  { flags: ['--debug', '--trace', '--trace-har', 'trace.har'] },
  { flags: ['--debug', '--json'] },
])(
  'no secret of a run is ever printed, with flags $flags',
  { timeout: 60_000 },
  async ({ flags }) => {
    await using server = await echoingServer();
    await using home = await createHome({
      QWEN_DEMO_OAUTH_BASE_URL: server.url,
      QWEN_DEMO_AUTH: 'oauth',
      QWEN_DEMO_HEADERS: 'X-Tenant: tenant-0123456789',
    });
    let printed = '';
    const run = async (args: string[], input = '') => {
      const silent = args[1] === 'import' || args[1] === 'logout';
      const given = flags.filter((flag) => !silent || flag !== '--json');
      const { code, stdout, stderr } = await home.run([...args, ...given], { input });
      if (flags.includes('--trace-har')) {
        printed += await readFile(join(home.path, 'trace.har'), 'utf8');
      }
      // To print the access token is what `auth token` is for.
      const { access_token } = JSON.parse(await readFile(home.credentials, 'utf8'));
      printed += args[1] === 'token' ? stdout.replace(access_token, '') : stdout;
      printed += stderr;
      return code;
    };

    for (const args of FAMILY) {
      expect([args, await run(args)]).toEqual([args, 0]);
      await cp(home.credentials, join(home.path, 'copy.json'));
    }
    // Refused, with an echo of all that was sent: by the API, by the issuer, after a 401.
    server.refuse(true);
    for (const args of FAMILY.filter((one) => !['status', 'token', 'import'].includes(one[1]!))) {
      expect([args, await run(args)]).not.toEqual([args, 0]);
    }
    const stored = JSON.parse(await readFile(home.credentials, 'utf8'));
    await put(home.credentials, { ...stored, expiry_date: 0 });
    for (const args of [
      ['auth', 'token'],
      ['chat', '-p', 'hi'],
      ['auth', 'status', '--check'],
    ]) {
      expect([args, await run(args)]).not.toEqual([args, 0]);
    }
    // What cannot be read is not quoted either.
    const torn = JSON.stringify(stored).slice(0, -20);
    await writeFile(join(home.path, 'torn.json'), torn, { mode: 0o600 });
    expect(await run(['auth', 'import', 'torn.json', '--force'])).toBe(8);
    expect(await run(['chat', '-p', 'hi', '--credentials', 'torn.json'])).toBe(8);
    expect(await run(['auth', 'logout', '--credentials', 'copy.json'])).toBe(0);

    // A header goes to the API and not to the issuer.
    expect([...server.tenant_paths].toSorted()).toEqual(['/v1/chat/completions', '/v1/models']);
    expect(server.secrets.size).toBeGreaterThan(8);
    const leaked = [...server.secrets].filter((secret) => printed.includes(secret));
    expect(leaked).toEqual([]);
    expect(printed).not.toMatch(/(access|refresh|device)-[0-9a-f]{6}/);
  },
);
