import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/core/conversation/conversation.ts';
import { createJournal } from '../../../src/core/files/journal.ts';
import {
  conversationName,
  createConversationStore,
  isConversationName,
} from '../../../src/core/conversation/store.ts';
import { SETTING_HOME } from '../../../src/core/files/storage-error.ts';
import type { Lock } from '../../../src/core/files/lock.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

async function place() {
  const { path, [Symbol.asyncDispose]: dispose } = await temporaryFolder();
  const folder = join(path, 'conversations');
  const options = {
    folder,
    self: process,
    clock: realClock,
    random: realRandom,
    onNotice: () => {},
  };
  return {
    folder,
    file: join(folder, 'talk.jsonl'),
    store: createConversationStore(options),
    [Symbol.asyncDispose]: dispose,
  };
}

const turn = (id: string, text = id): Entry => ({
  type: 'turn',
  id,
  at: 1,
  model: 'm',
  messages: [
    { role: 'user', content: text },
    { role: 'assistant', content: text },
  ],
});

const ids = (stored: { turns: readonly { id: string }[] } | undefined) =>
  stored?.turns.map(({ id }) => id);

describe('the store of conversations', () => {
  test('keeps a conversation as lines of a file that only its owner can read', async () => {
    await using p = await place();
    expect(await p.store.load('talk')).toBeUndefined();
    expect(await p.store.create('talk')).toBe(true);
    await p.store.append('talk', [turn('1'), turn('2')]);
    await p.store.append('talk', [turn('3')]);
    expect(ids(await p.store.load('talk'))).toEqual(['1', '2', '3']);
    const threeLines = /^(.+\n){3}$/;
    expect(await readFile(p.file, 'utf8')).toMatch(threeLines);
    expect((await stat(p.file)).mode & 0o777).toBe(0o600);
    expect((await stat(p.folder)).mode & 0o777).toBe(0o700);
  });

  test('lets only one of several callers create a name', async () => {
    await using p = await place();
    const claims = await Promise.all(Array.from({ length: 8 }, () => p.store.create('talk')));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  test('sets the mode of a file back to 0600', async () => {
    await using p = await place();
    await p.store.create('talk');
    await chmod(p.file, 0o644);
    await p.store.load('talk');
    expect((await stat(p.file)).mode & 0o777).toBe(0o600);
  });

  test('keeps every turn of 20 concurrent writers whole', async () => {
    await using p = await place();
    await p.store.create('talk');
    const wanted = Array.from({ length: 20 }, (_, index) => `${index}-${'x'.repeat(10_000)}`);
    await Promise.all(wanted.map((id) => p.store.append('talk', [turn(id)])));
    const stored = await p.store.load('talk');
    expect(stored?.damaged).toBe(0);
    expect(ids(stored)?.toSorted()).toEqual(wanted.toSorted());
  });

  test.each([1, 20, 40])(
    'loses at most the last turn of a file that lacks its last %i bytes',
    async (bytes) => {
      await using p = await place();
      await p.store.create('talk');
      await p.store.append('talk', [turn('1')]);
      await p.store.append('talk', [turn('2')]);
      await truncate(p.file, (await stat(p.file)).size - bytes);
      // All but its end of line is a whole turn.
      const before = bytes === 1 ? ['1', '2'] : ['1'];
      expect(ids(await p.store.load('talk'))).toEqual(before);
      await p.store.append('talk', [turn('3')]);
      const stored = await p.store.load('talk');
      expect(ids(stored)).toEqual([...before, '3']);
      expect(stored?.damaged).toBe(bytes === 1 ? 0 : 1);
    },
  );

  test('skips the lines that a later version wrote and counts them', async () => {
    await using p = await place();
    await p.store.create('talk');
    await appendFile(p.file, '{"type":"tomorrow"}\n');
    await p.store.append('talk', [turn('1')]);
    expect(await p.store.load('talk')).toMatchObject({ damaged: 1, turns: [{ id: '1' }] });
  });

  test('does not create a deleted conversation again by appending to it', async () => {
    await using p = await place();
    await p.store.create('talk');
    expect(await p.store.remove('talk')).toBe(true);
    expect(await p.store.remove('talk')).toBe(false);
    await expect(p.store.append('talk', [turn('1')])).rejects.toMatchObject({
      kind: 'storage',
      code: 'journal_gone',
    });
    expect(await p.store.load('talk')).toBeUndefined();
  });

  test('removes a conversation as empty only if it has no entry', async () => {
    await using p = await place();
    await p.store.create('talk');
    await p.store.append('talk', [turn('1')]);
    expect(await p.store.remove('talk', 'empty')).toBe(false);
    await p.store.create('other');
    expect(await p.store.remove('other', 'empty')).toBe(true);
  });

  test('refuses a name that leads out of its folder', async () => {
    await using p = await place();
    for (const step of [
      () => p.store.load('../x'),
      () => p.store.create('../x'),
      () => p.store.append('../x', []),
      () => p.store.remove('../x'),
    ]) {
      await expect(step()).rejects.toMatchObject({ code: 'invalid_conversation_name' });
    }
  });
});

test('a journal appends only while it holds its lock', async () => {
  await using p = await place();
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const lock: Lock = {
    run: async ({ critical }) => {
      await opened;
      return critical();
    },
  };
  const journal = createJournal({
    path: p.file,
    setting: SETTING_HOME,
    lock,
    self: process,
    clock: realClock,
    onNotice: () => {},
  });
  await journal.create();
  const appended = journal.append(['a', 'b']);
  expect(await journal.read()).toEqual([]);
  open();
  await appended;
  expect(await journal.read()).toEqual(['a', 'b']);
});

describe('a file that is not a conversation', () => {
  test('is refused if it is a link', async () => {
    await using p = await place();
    await mkdir(p.folder);
    await writeFile(join(p.folder, 'secret'), 'secret');
    await symlink(join(p.folder, 'secret'), p.file);
    await expect(p.store.load('talk')).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
    await expect(p.store.append('talk', [turn('1')])).rejects.toMatchObject({ code: 'symlink' });
    expect(await p.store.create('talk')).toBe(false);
  });

  test('is refused if it is a folder', async () => {
    await using p = await place();
    await mkdir(p.file, { recursive: true });
    await expect(p.store.load('talk')).rejects.toMatchObject({ kind: 'storage' });
  });

  test('is not listed, and the latest conversation is listed first', async () => {
    await using p = await place();
    expect(await p.store.list()).toEqual([]);
    await p.store.create('old');
    await p.store.create('new');
    await utimes(join(p.folder, 'old.jsonl'), 1000, 1000);
    await writeFile(join(p.folder, 'new.jsonl.lock'), '');
    await writeFile(join(p.folder, 'a b.jsonl'), '');
    await writeFile(join(p.folder, 'notes.txt'), '');
    expect((await p.store.list()).map(({ name }) => name)).toEqual(['new', 'old']);
  });
});

test.each(['a', 'A1', 'release-notes', 'x_y', '2026-11-23', 'a'.repeat(64)])(
  '%s can name a conversation',
  (name) => {
    expect(conversationName(name)).toBe(name);
  },
);

test.each([
  ['the empty text', ''],
  ['a path', 'a/b'],
  ['a way up', '..'],
  ['a way up on Windows', '..\\x'],
  ['an ending', 'a.jsonl'],
  ['a hidden file', '.a'],
  ['a flag', '-a'],
  ['a blank', 'a b'],
  ['a line break', 'a\n'],
  ['a NUL', 'a\0'],
  ['other alphabets', 'résumé'],
  ['an escape sequence', '\u001B[2J'],
  ['a device', 'NUL'],
  ['a numbered device', 'com1'],
  ['65 characters', 'a'.repeat(65)],
])('%s cannot name a conversation', (_, name) => {
  expect(isConversationName(name)).toBe(false);
  expect(() => conversationName(name)).toThrow(/cannot name a conversation/);
});
