import { expect, test } from 'vitest';
import { StorageError } from '../../../src/core/errors.ts';
import type { Credentials } from '../../../src/core/credentials/credentials.ts';
import { type Keyring, keyringEntry } from '../../../src/core/credentials/keyring.ts';
import { createKeyringStore } from '../../../src/core/credentials/keyring-store.ts';
import { createStore } from '../../../src/core/credentials/file-session.ts';
import { realClock, realRandom as random } from '../../helpers/real-world.ts';
import { stored } from '../../helpers/rotating-issuer.ts';

const PATH = '/home/somebody/.config/qwen-demo/oauth_creds.json';

type State = 'unlocked' | 'locked' | 'absent' | 'read-only';

/** A keyring with the manners of `@napi-rs/keyring`: quiet where it should be loud. */
function fakeKeyring() {
  const secrets = new Map<string, string>();
  const keyring = {
    state: 'unlocked' as State,
    secrets,
    /** What was handed to the package, wherever it went with it. */
    handed_over: [] as string[],
    load: () => Promise.resolve<Keyring>({ AsyncEntry, findCredentialsAsync }),
  };
  class AsyncEntry {
    readonly #account: string;
    constructor(_service: string, account: string) {
      this.#account = account;
    }
    setPassword(secret: string): Promise<void> {
      keyring.handed_over.push(secret);
      if (keyring.state === 'read-only') return Promise.reject(new Error('full\nstack of Rust'));
      // Without a Secret Service it goes to the kernel, where the search does not see it.
      if (keyring.state === 'unlocked') secrets.set(this.#account, secret);
      return Promise.resolve();
    }
    deleteCredential(): Promise<boolean> {
      if (keyring.state !== 'unlocked') return Promise.resolve(false);
      return Promise.resolve(secrets.delete(this.#account));
    }
  }
  function findCredentialsAsync() {
    if (keyring.state === 'absent') return Promise.reject(new Error('no secret service'));
    if (keyring.state === 'locked' && secrets.size > 0) return Promise.reject(new Error('locked'));
    return Promise.resolve([...secrets].map(([account, password]) => ({ account, password })));
  }
  return keyring;
}

function world() {
  const keyring = fakeKeyring();
  const [entry, draft] = [
    keyringEntry(PATH, keyring.load),
    keyringEntry(`${PATH} (draft)`, keyring.load),
  ];
  const notices: string[] = [];
  const onNotice = ({ code }: { code: string }) => notices.push(code);
  const store = createKeyringStore({ entry, draft, onNotice });
  const save = async (credentials: Credentials) => {
    const saving = await store.prepare();
    await saving.write(credentials);
    await saving.commit();
  };
  return { keyring, entry, draft, notices, store, save };
}

test('a login is one keyring entry, named after the path of the credentials file', async () => {
  const { keyring, store, save } = world();
  expect(await store.load()).toBeUndefined();
  await save(stored(1));
  await save(stored(2));
  expect(await store.load()).toEqual(stored(2));
  expect([...keyring.secrets.keys()]).toEqual([PATH]);
  expect(store.location).toBe(`the keyring entry "${PATH}" (service qwen-demo)`);
});

test('signing out leaves no entry in the keyring', async () => {
  const { keyring, store, save, draft } = world();
  await save(stored(1));
  await draft.write('left behind');
  expect(await store.remove()).toBe(true);
  expect([...keyring.secrets]).toEqual([]);
  expect(await store.remove()).toBe(false);
});

test('the old login stays until commit, and discard deletes the new one', async () => {
  const { keyring, store, save } = world();
  await save(stored(1));
  const saving = await store.prepare();
  await saving.write(stored(2));
  expect(await store.load()).toEqual(stored(1));
  await saving.discard();
  expect(await store.recover?.()).toBe(false);
  expect(await store.load()).toEqual(stored(1));
  expect(keyring.secrets.size).toBe(1);
});

test('recover completes the save of a process that died', async () => {
  const { keyring, store, save, notices } = world();
  await save(stored(1));
  const saving = await store.prepare();
  await saving.write(stored(2));
  expect(await store.recover?.()).toBe(true);
  expect(await store.load()).toEqual(stored(2));
  expect([keyring.secrets.size, notices]).toEqual([1, ['save_completed']]);
});

test('recover completes the save of a first login', async () => {
  const { keyring, store } = world();
  await (await store.prepare()).write(stored(1));
  expect(await store.isUnfinished()).toBe(true);
  expect(await store.recover()).toBe(true);
  expect([await store.load(), keyring.secrets.size]).toEqual([stored(1), 1]);
  expect(await store.isUnfinished()).toBe(false);
});

test.each([
  ['it died before the answer', async () => {}],
  ['somebody signed out since', async ({ entry }: ReturnType<typeof world>) => entry.remove()],
])('recover changes nothing when %s', async (_, meanwhile) => {
  const w = world();
  await w.save(stored(1));
  const saving = await w.store.prepare();
  if (_ !== 'it died before the answer') await saving.write(stored(2));
  await meanwhile(w);
  expect(await w.store.recover?.()).toBe(false);
  expect(await w.draft.read()).toBeUndefined();
  expect(w.notices).toEqual([]);
});

test.each<State>(['absent', 'locked'])(
  'a keyring that is %s is an error, and nothing is written elsewhere',
  async (state) => {
    const { keyring, store, entry, save } = world();
    await save(stored(1));
    keyring.state = state;
    const refused = { kind: 'storage', code: 'keyring_unavailable' };
    await expect(store.load()).rejects.toMatchObject(refused);
    await expect(store.prepare()).rejects.toMatchObject(refused);
    await expect(store.remove()).rejects.toMatchObject(refused);
    await expect(entry.write('secret')).rejects.toMatchObject(refused);
    expect(keyring.handed_over).not.toContain('secret');
  },
);

test('a search that throws is repeated 3 times at most', async () => {
  const { keyring, entry } = world();
  await entry.write('secret');
  let searches = 0;
  let disturbances = 3;
  const disturbed = keyringEntry(PATH, async () => {
    const { findCredentialsAsync, AsyncEntry } = await keyring.load();
    const search = (service: string) => {
      searches += 1;
      if (searches <= disturbances) return Promise.reject(new Error('no such object'));
      return findCredentialsAsync(service);
    };
    return { findCredentialsAsync: search, AsyncEntry };
  });
  expect(await disturbed.read()).toBe('secret');
  [searches, disturbances] = [0, 1000];
  await expect(disturbed.read()).rejects.toThrow('no such object');
  expect(searches).toBe(4);
});

test('an error of the keyring is one line without the secret', async () => {
  const { keyring, entry } = world();
  keyring.state = 'read-only';
  await expect(entry.write('the secret')).rejects.toMatchObject({
    message: `Cannot write the keyring entry "${PATH}" (service qwen-demo): full`,
  });
});

test('a keyring that reports a write or a deletion that did not happen is an error', async () => {
  const { keyring, entry } = world();
  keyring.state = 'locked';
  await expect(entry.write('secret')).rejects.toThrow('is not there');
  keyring.secrets.set('another', 'one');
  keyring.state = 'unlocked';
  await entry.write('secret');
  const stubborn = keyringEntry(PATH, async () => {
    const { findCredentialsAsync, AsyncEntry } = await keyring.load();
    class Quiet extends AsyncEntry {
      override deleteCredential = () => Promise.resolve(false);
    }
    return { findCredentialsAsync, AsyncEntry: Quiet };
  });
  await expect(stubborn.remove()).rejects.toThrow('is still there');
});

test('a keyring entry that holds no credentials is an error', async () => {
  const { store, entry } = world();
  await entry.write('{"refresh_token":"a"}');
  await expect(store.load()).rejects.toMatchObject({ code: 'credentials_corrupt' });
});

test('without the optional package the error names it', async () => {
  const missing = keyringEntry(PATH, () => {
    return Promise.reject(new StorageError('not installed', { code: 'no_keyring' }));
  });
  await expect(missing.read()).rejects.toMatchObject({ code: 'no_keyring' });
});

test('each kind of store has its path or entry as location', () => {
  const options = { path: PATH, self: process, random, clock: realClock, onNotice: () => {} };
  expect(createStore({ ...options, store: 'file' }).location).toBe(PATH);
  expect(createStore({ ...options, store: 'keyring' }).location).toContain('keyring');
});
