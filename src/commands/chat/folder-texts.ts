import { join } from 'node:path';
import { pictureType } from '../../core/chat/attachment.ts';
import { UsageError } from '../../core/errors.ts';
import { type FilePattern, listFiles } from '../../core/files/folder.ts';
import { readHead } from '../../core/files/head.ts';
import { textOf } from '../../core/files/text.ts';
import { isPdf } from './file-kinds.ts';

/** Text files that one `-f` takes. */
const FILES_CAP = 500;
/** Bytes of text that one `-f` takes: more than the longest context of any model. */
const TEXT_CAP = 4 * 2 ** 20;
/** Bytes that show whether a larger file is text. */
const HEAD_BYTES = 4096;

/** A text file. */
export interface NamedText {
  name: string;
  text: string;
}

/** The text files of a folder or glob. */
export interface FolderTexts {
  texts: readonly NamedText[];
  /** What was taken and what was left out, for stderr. */
  summary: string;
}

/** A folder or glob as the user wrote it, and what it means. */
export interface NamedPattern {
  given: string;
  pattern: FilePattern;
  /** How the files are named: comes before their paths. */
  prefix: string;
}

/** What was left out. */
interface LeftOut {
  binary: number;
  pictures: number;
  irregular: number;
  unreadable: string[];
}

/**
 * Reads the text files that a folder or a glob means, in the order of their paths.
 * @throws UsageError `no_files`, `too_many_files`, `file_too_large`; StorageError `file_not_read`
 *   for the folder itself; the signal's reason
 */
export async function readFolder(
  { given, pattern, prefix }: NamedPattern,
  signal: AbortSignal,
): Promise<FolderTexts> {
  const { files, irregular, unreadable } = await listFiles(pattern, { signal });
  const texts: NamedText[] = [];
  const left: LeftOut = { binary: 0, pictures: 0, irregular, unreadable: [...unreadable] };
  let size = 0;
  for (const path of files) {
    signal.throwIfAborted();
    const content = await readContent(join(pattern.folder, path), TEXT_CAP - size);
    if (content.kind === 'unreadable') left.unreadable.push(path);
    else if (content.kind === 'large') throw tooLarge(given, prefix + path);
    else if (content.kind !== 'text') left[content.kind] += 1;
    else if (texts.length === FILES_CAP) throw tooMany(given);
    else {
      size += content.size;
      texts.push({ name: prefix + path, text: content.text });
    }
  }
  if (texts.length === 0) throw nothing(given, left);
  const names = texts.map(({ name }) => `  ${visible(name)}`);
  const taken = `${counted(texts.length, 'file')}, ${Math.ceil(size / 1024)} KiB`;
  const lines = [`From ${visible(given)} (${taken}):`, ...names, ...leftOut(left)];
  return { texts, summary: lines.join('\n') };
}

type Content =
  | { kind: 'text'; text: string; size: number }
  | { kind: 'binary' | 'pictures' | 'unreadable' | 'large' };

/** A file of at most `most` bytes; of a larger or binary one only the beginning is read. */
async function readContent(path: string, most: number): Promise<Content> {
  const head = await readHead(path, HEAD_BYTES);
  if (head === undefined) return { kind: 'unreadable' };
  if (pictureType(head.bytes) !== undefined) return { kind: 'pictures' };
  if (!beginsAsText(head.bytes) || isPdf(head.bytes)) return { kind: 'binary' };
  const whole = head.size <= HEAD_BYTES ? head : await readHead(path, most);
  if (whole === undefined) return { kind: 'unreadable' };
  if (whole.size > most) return { kind: 'large' };
  const text = textOf(whole.bytes);
  return text === undefined ? { kind: 'binary' } : { kind: 'text', text, size: whole.size };
}

/** Whether bytes are text; their last character can be cut. */
function beginsAsText(bytes: Buffer): boolean {
  return [0, 1, 2, 3].some((cut) => textOf(bytes.subarray(0, bytes.length - cut)) !== undefined);
}

/** A name on one line: line breaks and control characters are legal in it. */
export function visible(name: string): string {
  return name.replaceAll(/[\0-\x1f\x7f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Names of files that cannot be read: so many are shown. */
const MOST_NAMES = 5;

/** A line about what was left out, if anything was. */
function leftOut({ binary, pictures, irregular, unreadable }: LeftOut): string[] {
  const names = unreadable.slice(0, MOST_NAMES).map(visible);
  const more = unreadable.length > MOST_NAMES ? ', ...' : '';
  const parts = [
    binary > 0 && `${binary} not text in UTF-8`,
    pictures > 0 && `${counted(pictures, 'picture')} (name each one to send it)`,
    irregular > 0 && `${irregular} links, pipes or devices`,
    unreadable.length > 0 &&
      `${unreadable.length} that cannot be read (${names.join(', ')}${more})`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? [] : [`Left out: ${parts.join('; ')}`];
}

function nothing(given: string, left: LeftOut): UsageError {
  return new UsageError(`${visible(given)} names no text file that can be sent`, {
    code: 'no_files',
    hint: [
      ...leftOut(left).map((line) => `${line}.`),
      'Hidden files, and files that .gitignore names, are sent only by their own names.',
    ].join(' '),
  });
}

const SMALLER = 'Name a smaller folder, or a glob in quotes, such as -f "src/**/*.ts".';

function tooMany(given: string): UsageError {
  return new UsageError(`${visible(given)} holds more than ${FILES_CAP} text files`, {
    code: 'too_many_files',
    hint: SMALLER,
  });
}

function tooLarge(given: string, name: string): UsageError {
  const cap = TEXT_CAP / 2 ** 20;
  return new UsageError(`${visible(given)} holds more than ${cap} MiB of text`, {
    code: 'file_too_large',
    hint: `The limit was passed at ${visible(name)}. ${SMALLER}`,
  });
}
