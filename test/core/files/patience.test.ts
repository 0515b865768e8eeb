import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { createJournal } from '../../../src/core/files/journal.ts';
import { patientFiles } from '../../../src/core/files/patience.ts';
import { type FileNotice, SETTING_HOME } from '../../../src/core/files/storage-error.ts';
import { writeUserFile } from '../../../src/core/files/user-output.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const { failCalls } = createRequire(import.meta.url)('../../helpers/failing-calls.cjs') as {
  failCalls: (failureOf: (name: string, path: string) => string | undefined) => () => void;
};

let restore = () => {};
afterEach(() => restore());

/** A file, and a clock whose pauses take no time. `plan` has the errors of the next calls by name. */
async function place(plan: Record<string, (string | undefined)[]>) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  await writeFile(path, 'text', { mode: 0o600 });
  const clock = new FakeClock();
  restore = failCalls((name, at) => (at.startsWith(folder.path) ? plan[name]?.shift() : undefined));
  return { ...folder, path, clock, files: patientFiles(clock), sum: () => total(clock.sleeps) };
}

const total = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0);
const forever = (errno: string) => Array.from({ length: 99 }, () => errno);

test('a call is repeated for about 3 s, and then its error is thrown', async () => {
  await using p = await place({ rename: forever('EBUSY') });
  await expect(p.files.rename(p.path, `${p.path}2`)).rejects.toMatchObject({ code: 'EBUSY' });
  expect(p.sum()).toBeGreaterThan(3000);
  expect(p.sum()).toBeLessThan(4000);
});

test.each(['ENOENT', 'ENOSPC', 'EROFS', 'EEXIST', 'EISDIR'])('%s is not repeated', async (code) => {
  await using p = await place({ rename: [code] });
  await expect(p.files.rename(p.path, `${p.path}2`)).rejects.toMatchObject({ code });
  expect(p.clock.sleeps).toEqual([]);
});

test('a call that this user may not make ends after one pause', async () => {
  await using p = await place({ open: forever('EACCES'), access: ['EACCES', 'EACCES'] });
  await expect(p.files.open(p.path, 0)).rejects.toMatchObject({ code: 'EACCES' });
  expect(p.clock.sleeps).toEqual([10]);
});

test('a check of the permissions that fails once does not end the attempts', async () => {
  await using p = await place({ rename: ['EPERM', 'EPERM', 'EPERM'], access: ['EIO'] });
  await p.files.rename(p.path, `${p.path}2`);
  expect(p.clock.sleeps).toEqual([10, 20, 50]);
});

test('the calls on an open file are repeated too', async () => {
  await using p = await place({ 'handle.read': ['EIO'], 'handle.stat': ['EAGAIN'] });
  const handle = await p.files.open(p.path, 'r');
  expect((await handle.stat()).size).toBe(4);
  expect((await handle.read(Buffer.alloc(9))).bytesRead).toBe(4);
  await handle.close();
  expect(p.clock.sleeps).toEqual([10, 10]);
});

test('a new file that the user named is written although calls are refused in passing', async () => {
  await using p = await place({ open: ['EBUSY'], 'handle.write': ['EIO'], rename: ['EPERM'] });
  const { signal } = new AbortController();
  await writeUserFile(`${p.path}.new`, 'answer', {
    clock: p.clock,
    random: realRandom,
    self: process,
    signal,
  });
  expect(await readFile(`${p.path}.new`, 'utf8')).toBe('answer');
  expect(p.clock.sleeps).toEqual([10, 10, 10]);
});

test('a journal keeps its lines where nothing can be flushed or made private, and says so', async () => {
  await using p = await place({
    'handle.sync': forever('EINVAL'),
    'handle.chmod': forever('ENOTSUP'),
  });
  await writeFile(p.path, '', { mode: 0o644, flag: 'w' });
  const path = join(p.path, '..', 'journal');
  await writeFile(path, '', { mode: 0o644 });
  const notices: FileNotice[] = [];
  const journal = createJournal({
    path,
    setting: SETTING_HOME,
    self: process,
    clock: p.clock,
    lock: { run: ({ critical }) => critical() },
    onNotice: (notice) => notices.push(notice),
  });
  await journal.append(['a']);
  expect(await readFile(path, 'utf8')).toBe('a\n');
  expect(notices.map(({ code }) => code)).toEqual(['permissions_loose', 'not_flushed']);
  expect(notices[0]?.message).toContain('is open to other users (mode 0644)');
});

/** What a user named, what the kernel shows of processes, and a folder that is only flushed. */
const OTHERS = [
  'user-file.ts',
  'user-output.ts',
  'open-output.ts',
  'folder.ts',
  'head.ts',
  'ignore-rules.ts',
  'owner.ts',
  'replacement.ts',
  'patience.ts',
];

test('only the calls that are repeated are made on the files of the program', async () => {
  const root = new URL('../../../src/core/', import.meta.url);
  const names = await readdir(root, { recursive: true });
  const callers = await Promise.all(
    names.map(async (name) => {
      if (!name.endsWith('.ts') || OTHERS.some((other) => name.endsWith(`/${other}`))) return [];
      const text = await readFile(new URL(name, root), 'utf8');
      return /^import (?!type\b).*from 'node:fs(?:\/promises)?'/m.test(
        text.replaceAll(/import \{[^}]*?\bconstants\b[^}]*\} from 'node:fs';/g, ''),
      )
        ? [name]
        : [];
    }),
  );
  expect(callers.flat()).toEqual([]);
});
