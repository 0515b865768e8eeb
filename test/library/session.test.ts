import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, type Credentials } from '../../src/library/index.ts';
import { loopback } from '../helpers/loopback.ts';
import { temporaryFolder } from '../helpers/real-world.ts';

const login = (): Credentials => ({
  access_token: 'a-token',
  refresh_token: 'a-refresh-token',
  expiry_date: Date.now() + 3_600_000,
});

/** A store in memory, with all that was saved. */
function memory(...saved: Credentials[]) {
  return {
    saved,
    load: async () => saved.at(-1),
    save: async (credentials: Credentials) => void saved.push(credentials),
  };
}

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'a-token'],
  ['no token', {}],
  ['an empty token', { access_token: '', expiry_date: 0 }],
  ['a token with a line break', { access_token: 'a\nb', expiry_date: 0 }],
  ['a token that is a number', { access_token: 5, expiry_date: 0 }],
])('signing in with %s is refused, and the stored login stays', async (_, credentials) => {
  await using folder = await temporaryFolder();
  const store = memory(login());
  const path = join(folder.path, 'credentials.json');
  const of_file = createSession({ path });
  await of_file.signIn(login());
  const before = await readFile(path, 'utf8');
  for (const session of [createSession({ store }), of_file]) {
    await expect(session.signIn(credentials as never)).rejects.toMatchObject({
      kind: 'usage',
      code: 'invalid_credentials',
    });
  }
  expect(store.saved).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(before);
});

test('signing in keeps the fields of other programs', async () => {
  const store = memory();
  await createSession({ store }).signIn({ ...login(), note: 'mine' });
  expect(store.saved).toEqual([{ ...login(), note: 'mine', expiry_date: expect.any(Number) }]);
});

test('a path that is null counts as none', () => {
  expect(() => createSession({ path: null as never, store: memory() })).not.toThrow();
});

test('a path and a store together are refused, as one of them would be ignored', () => {
  const both = () => createSession({ path: 'credentials.json', store: memory() });
  expect(both).toThrow(expect.objectContaining({ kind: 'usage', code: 'conflicting_option' }));
});

test.each([5, '', { href: 'file:///tmp/a.json' }])('the path %j is refused', (path) => {
  const create = () => createSession({ path: path as never });
  expect(create).toThrow(expect.objectContaining({ kind: 'usage', code: 'invalid_path' }));
});

test.each([Number.NaN, Infinity, -Infinity, null])(
  'an expiry_date of %s counts as absent, and a token without a refresh token is returned although expired',
  async (expiry_date) => {
    const { refresh_token: _, ...token } = login();
    const store = memory({ ...token, expiry_date: expiry_date as number });
    expect(await createSession({ store }).getValid()).toMatchObject({ ...token, expiry_date: 0 });
  },
);

test('a token whose expiry_date is not finite is refreshed', async () => {
  await using issuer = await loopback((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'new', expires_in: 3600 }));
  });
  const of_issuer = { issuer: issuer.url, client_id: 'c', token_endpoint: `${issuer.url}/token` };
  const store = memory({ ...login(), ...of_issuer, expiry_date: Infinity });
  expect(await createSession({ store }).getValid()).toMatchObject({ access_token: 'new' });
});

test('a store that is an object of a class keeps its this', async () => {
  class Row {
    credentials: Credentials | undefined;
    async load() {
      return this.credentials;
    }
    async save(credentials: Credentials) {
      this.credentials = credentials;
    }
  }
  const session = createSession({ store: new Row() });
  await session.signIn(login());
  expect(await session.getValid()).toMatchObject({ access_token: 'a-token' });
});
