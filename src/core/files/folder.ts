import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import picomatch from 'picomatch';
import { StorageError, UsageError } from '../errors.ts';
import { type IgnoreRules, ignoreRulesOf } from './ignore-rules.ts';
import { reasonOf } from './storage-error.ts';

/** Entries of folders that are looked at; 100,000 take 0.5 s. */
const ENTRIES_CAP = 100_000;

/**
 * Stars in one segment of a glob. With each more the time to match grows by the length of the name:
 * 4 take 3 s for a name of 200 letters at worst, 5 take 33 s.
 */
const STARS_CAP = 4;

/** A folder, and which of the files below it are meant. */
export interface FilePattern {
  folder: string;
  /** Whether the path of a file, relative to the folder, is meant. */
  accepts(path: string): boolean;
  /** Levels of folders below the first. */
  depth: number;
  /** Whether hidden folders can hold files that are meant. */
  hidden: boolean;
}

/** The files below a folder. All paths are relative to it and have slashes. */
export interface FolderFiles {
  /** Regular files, sorted by code units: the same order on every machine. */
  files: readonly string[];
  /** Symbolic links, FIFOs, sockets and devices, which are not followed or read. */
  irregular: number;
  /** Folders that cannot be read, with a slash at the end. */
  unreadable: readonly string[];
}

/** All files below a folder, except hidden ones. */
export function allFilesOf(folder: string): FilePattern {
  return { folder, accepts: () => true, depth: Infinity, hidden: false };
}

/**
 * The pattern of a glob: `*`, `?`, `[]`, `{}`, `**` and `!()`. Undefined for a text without any.
 * @throws UsageError `glob_too_slow`
 */
export function filePatternOf(glob: string): FilePattern | undefined {
  const pattern = sep === '\\' ? glob.replaceAll('\\', '/') : glob;
  const { base, glob: rest, isGlob } = picomatch.scan(pattern);
  if (!isGlob || rest === '') return undefined;
  if (rest.split('/').some((segment) => segment.split('*').length > STARS_CAP + 1)) {
    throw new UsageError(`${glob} has more than ${STARS_CAP} stars between two slashes`, {
      code: 'glob_too_slow',
      hint: 'Write the glob with fewer stars.',
    });
  }
  return {
    folder: base === '' ? '.' : base,
    accepts: picomatch(rest, { nonegate: true }),
    depth: rest.includes('**') ? Infinity : rest.split('/').length - 1,
    hidden: /(?:^|[/{,(|])\./.test(rest),
  };
}

/**
 * The files that a pattern means. `.git`, hidden files that the pattern does not name, and what git
 * ignores are left out. Symbolic links are not followed, so that a loop has an end and no file
 * outside the folder is taken.
 * @throws UsageError `too_many_files`; StorageError `file_not_read` for the folder itself; the
 *   signal's reason
 */
export async function listFiles(
  pattern: FilePattern,
  { signal, most = ENTRIES_CAP }: { signal: AbortSignal; most?: number },
): Promise<FolderFiles> {
  const found = { files: [] as string[], irregular: 0, unreadable: [] as string[] };
  const open = [{ path: '', depth: 0, rules: await ignoreRulesOf(pattern.folder) }];
  let seen = 0;
  for (let folder = open.pop(); folder; folder = open.pop()) {
    const { path, depth, rules } = folder;
    try {
      for await (const entry of await opendir(join(pattern.folder, path), { bufferSize: 512 })) {
        signal.throwIfAborted();
        if (++seen > most) throw tooMany(pattern.folder, most);
        if (leftOut(entry, pattern, rules)) continue;
        const below = `${path}${entry.name}`;
        if (entry.isDirectory()) {
          if (depth >= pattern.depth) continue;
          const next = await rules.enter(entry.name);
          open.push({ path: `${below}/`, depth: depth + 1, rules: next });
        } else if (pattern.accepts(below)) {
          if (entry.isFile()) found.files.push(below);
          else found.irregular += 1;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UsageError) throw error;
      if (path === '') throw notRead(pattern.folder, error);
      found.unreadable.push(path);
    }
  }
  found.files.sort();
  found.unreadable.sort();
  return found;
}

function leftOut(entry: Dirent, pattern: FilePattern, rules: IgnoreRules): boolean {
  if (entry.name === '.git' || (entry.name.startsWith('.') && !pattern.hidden)) return true;
  return rules.ignores(entry.name, entry.isDirectory());
}

function tooMany(folder: string, most: number): UsageError {
  return new UsageError(`${folder} holds more than ${most} files and folders`, {
    code: 'too_many_files',
    hint: 'Name a smaller folder, a glob with fewer levels such as -f "src/*.ts", or the files themselves.',
  });
}

function notRead(folder: string, cause: unknown): StorageError {
  return new StorageError(`Cannot read ${folder}: ${reasonOf(cause)}`, {
    code: 'file_not_read',
    hint: 'Check its owner and permissions, or name another folder.',
    cause,
  });
}
