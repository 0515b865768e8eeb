import { isAbsolute, relative, sep, basename, normalize } from 'node:path';
import { fenced, picturePart, pictureType } from '../../core/chat/attachment.ts';
import { type ChatMessage, type ContentPart, userMessage } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import { readHead } from '../../core/files/head.ts';
import { isStdin, readStandardInput } from '../../core/files/read-to-end.ts';
import { textOf } from '../../core/files/text.ts';
import { type ReadOptions, readUserBytes } from '../../core/files/user-file.ts';
import type { InputStream } from '../../terminal/terminal.ts';
import { absolutePath } from '../paths.ts';
import { isPdf, notPicture, notText, unlessKnown } from './file-kinds.ts';

/** In bytes: more than the longest context of any model. */
const TEXT_CAP = 4 * 2 ** 20;
/** In bytes. DashScope accepts 10 MiB of base64 for one picture, which encodes 7.5 MiB. */
const PICTURE_CAP = 7.5 * 2 ** 20;

/** The name of standard input, at the beginning of a sentence. */
const STDIN = 'Standard input';

/** How files are read. Without `stdin` standard input is refused: the user types there. */
export type AttachmentOptions = ReadOptions & { stdin?: InputStream | undefined };

/** Files and pictures that go with the next question. */
export interface Attachments {
  /** Paths and URLs of all, in the order in which they were added. */
  readonly names: readonly string[];
  /**
   * Adds what a path names: a text file, a picture, or the text files of a folder or a glob.
   * @throws UsageError `binary_file`, `no_files`, `too_many_files`; the errors of
   *   {@link readUserBytes}
   */
  addFile(path: string, options: ReadOptions): Promise<void>;
  /**
   * Adds a picture: an http, https or data URL, or the path of a file.
   * @throws UsageError `not_a_picture`, `invalid_picture_url`; the errors of {@link readUserBytes}
   */
  addImage(place: string, options: ReadOptions): Promise<void>;
  /** Adds all files and pictures, which are read at the same time. */
  addAll(
    places: { files: readonly string[]; images: readonly string[] },
    options: AttachmentOptions,
  ): Promise<void>;
  /** The user message of this text and all attachments, which are then removed. */
  attachTo(text: string): ChatMessage;
  /** Puts back what `attachTo` removed last, for the question that failed. */
  restore(): void;
  /** Removes what was put back: the failed question is asked again as it was. */
  release(): void;
}

/** What was read for one `-f` or `-i`. */
interface Attachment {
  name: string;
  /** Blocks of the message. */
  texts: readonly string[];
  pictures: readonly ContentPart[];
  /** What to tell the user. */
  summary?: string;
}

/** @param tell shows what a folder or a glob has added */
export function createAttachments(tell: (text: string) => void): Attachments {
  let added: Attachment[] = [];
  let taken: Attachment[] = [];
  const add = (attachment: Attachment) => {
    if (attachment.summary !== undefined) tell(attachment.summary);
    added.push(attachment);
  };
  return {
    get names() {
      return added.map(({ name }) => name);
    },
    addFile: async (path, options) => add(await readFile(path, options)),
    addImage: async (place, options) => add(await readPicture(place, options)),
    async addAll({ files, images }, options) {
      const all = await Promise.all([
        ...files.map((path) => readFile(path, options)),
        ...images.map((place) => readPicture(place, options)),
      ]);
      all.forEach(add);
    },
    attachTo(text) {
      const parts = [text, ...added.flatMap(({ texts }) => texts)].filter((part) => part !== '');
      const message = userMessage(
        parts.join('\n\n'),
        added.flatMap(({ pictures }) => pictures),
      );
      taken = added;
      added = [];
      return message;
    },
    restore() {
      added = [...taken, ...added.filter((one) => !taken.includes(one))];
    },
    release() {
      added = added.filter((one) => !taken.includes(one));
    },
  };
}

/** What a path of `-f` names. */
async function readFile(path: string, options: AttachmentOptions): Promise<Attachment> {
  let bytes: Buffer;
  try {
    bytes = await readBytes(path, options, PICTURE_CAP);
  } catch (error) {
    return readOther(path, options, error);
  }
  const type = pictureType(bytes);
  if (type !== undefined) return pictureOf(path, type, bytes);
  const text = isPdf(bytes) ? undefined : textOf(bytes);
  const name = nameOf(path);
  if (text === undefined) throw notText(name, bytes);
  if (bytes.length > TEXT_CAP) throw tooLarge(name);
  const title = name === STDIN ? name.toLowerCase() : name;
  return { name: path, texts: [fenced(title, text)], pictures: [] };
}

/** A path that cannot be read as a file: the folder or the glob that it is, or the error. */
async function readOther(
  path: string,
  { signal }: AttachmentOptions,
  error: unknown,
): Promise<Attachment> {
  if (!(error instanceof UsageError) || isStdin(path)) throw error;
  if (error.code === 'file_too_large') throw await tooLargeFile(path);
  const isFolder = error.code === 'not_a_file';
  if (!isFolder && error.code !== 'file_not_found') throw error;
  if (/^(?:https?|data):/i.test(path)) throw isUrl(path);
  const { allFilesOf, filePatternOf } = await import('../../core/files/folder.ts');
  const pattern = isFolder ? allFilesOf(path) : filePatternOf(path);
  if (pattern === undefined) throw error;
  const { readFolder } = await import('./folder-texts.ts');
  const prefix = prefixOf(pattern.folder);
  const { texts, summary } = await readFolder({ given: path, pattern, prefix }, signal);
  return {
    name: `${path} (${texts.length} ${texts.length === 1 ? 'file' : 'files'})`,
    texts: texts.map(({ name, text }) => fenced(name, text)),
    pictures: [],
    summary,
  };
}

/** What comes before the paths of a folder's files, so that no name depends on the machine. */
function prefixOf(folder: string): string {
  const inside = isAbsolute(folder) ? relative(absolutePath('.'), folder) : normalize(folder);
  const foreign = isAbsolute(folder) && (/^\.\.(?:[/\\]|$)/.test(inside) || isAbsolute(inside));
  const name = (foreign ? basename(folder) : inside).replace(/[/\\]$/, '');
  return name === '' || name === '.' ? '' : `${name.split(sep).join('/')}/`;
}

function nameOf(path: string): string {
  return isStdin(path) ? STDIN : path;
}

async function tooLargeFile(path: string): Promise<UsageError> {
  const head = await readHead(path, 8192);
  return unlessKnown(path, head?.bytes, tooLarge(path));
}

function tooLarge(name: string): UsageError {
  return new UsageError(
    `${name} is larger than ${TEXT_CAP / 2 ** 20} MiB, the limit for a text (${PICTURE_CAP / 2 ** 20} MiB for a picture)`,
    {
      code: 'file_too_large',
      hint: 'Send a part of it: head -c 1M FILE | qwen-demo chat "..." -f -',
    },
  );
}

function isUrl(url: string): UsageError {
  return new UsageError(`-f takes no URL: ${url.slice(0, 80)}`, {
    code: 'file_is_url',
    hint: 'A picture at a URL goes with -i. Fetch a text first: curl -s URL | qwen-demo chat "..." -f -',
  });
}

async function readBytes(
  path: string,
  { clock, signal, stdin }: AttachmentOptions,
  cap: number,
): Promise<Buffer> {
  if (!isStdin(path)) return readUserBytes(path, { clock, signal, cap });
  if (stdin === undefined) throw isTerminal();
  const over = () =>
    new UsageError(`Standard input is larger than ${cap / 2 ** 20} MiB`, {
      code: 'file_too_large',
    });
  return readStandardInput(stdin, signal, { cap, tooLarge: over });
}

/**
 * Reads one picture: an http, https or data URL, or the path of a file.
 * @throws UsageError `not_a_picture`, `invalid_picture_url`; the errors of {@link readUserBytes}
 */
export async function readPicture(place: string, options: AttachmentOptions): Promise<Attachment> {
  // A scheme has at least two letters: one letter is a drive of Windows.
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(place) ?? [];
  if (scheme !== undefined) return pictureAt(place, scheme.toLowerCase());
  const { stdin } = options;
  if (stdin?.isTTY === true && isStdin(place)) throw isTerminal();
  const bytes = await readBytes(place, options, PICTURE_CAP);
  const type = pictureType(bytes);
  if (type !== undefined) return pictureOf(place, type, bytes);
  throw notPicture(nameOf(place), bytes);
}

function isTerminal(): UsageError {
  return new UsageError('Standard input is the terminal, and no file', {
    code: 'stdin_is_terminal',
    hint: 'Name a file, or pipe it in: qwen-demo chat "..." -f - < FILE',
  });
}

function pictureOf(name: string, type: string, bytes: Buffer): Attachment {
  return { name, texts: [], pictures: [picturePart(type, bytes.toString('base64'))] };
}

function pictureAt(url: string, scheme: string): Attachment {
  const remote = (scheme === 'https' || scheme === 'http') && URL.canParse(url);
  const inline = scheme === 'data' && /^data:image\/[\w.+-]+;base64,[\w+/]+=*$/i.test(url);
  if (remote || inline) {
    return { name: url, texts: [], pictures: [{ type: 'image_url', image_url: { url } }] };
  }
  throw new UsageError(`No picture can be had from ${url.slice(0, 80)}`, {
    code: 'invalid_picture_url',
    hint: 'Give a file, an https URL, or a data URL in base64.',
  });
}
