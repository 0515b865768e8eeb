import { fenced, picturePart, pictureType } from '../../core/chat/attachment.ts';
import { type ChatMessage, type ContentPart, userMessage } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import { isStdin, readToEnd } from '../../core/files/read-to-end.ts';
import { textOf } from '../../core/files/text.ts';
import { type ReadOptions, readUserBytes } from '../../core/files/user-file.ts';
import type { InputStream } from '../../terminal/terminal.ts';

/** In bytes: more than the longest context of any model. */
const TEXT_CAP = 4 * 2 ** 20;
/** In bytes. DashScope accepts 10 MiB of base64 for one picture, which encodes 7.5 MiB. */
const PICTURE_CAP = 7.5 * 2 ** 20;

/** How files are read. `-` is a path like any other without `stdin`. */
export type AttachmentOptions = ReadOptions & { stdin?: InputStream | undefined };

/** Files and pictures that go with the next question. */
export interface Attachments {
  /** Paths and URLs of all, in the order in which they were added. */
  readonly names: readonly string[];
  /**
   * Adds a text file.
   * @throws UsageError `binary_file`; the errors of {@link readUserBytes}
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
}

export function createAttachments(): Attachments {
  let texts: string[] = [];
  let pictures: ContentPart[] = [];
  let names: string[] = [];
  return {
    get names() {
      return names;
    },
    async addFile(path, options) {
      texts.push(await readFile(path, options));
      names.push(path);
    },
    async addImage(place, options) {
      pictures.push(await readPicture(place, options));
      names.push(place);
    },
    async addAll({ files, images }, options) {
      const [newTexts, newPictures] = await Promise.all([
        Promise.all(files.map((path) => readFile(path, options))),
        Promise.all(images.map((place) => readPicture(place, options))),
      ]);
      texts.push(...newTexts);
      pictures.push(...newPictures);
      names.push(...files, ...images);
    },
    attachTo(text) {
      const parts = [text, ...texts].filter((part) => part !== '');
      const message = userMessage(parts.join('\n\n'), pictures);
      [texts, pictures, names] = [[], [], []];
      return message;
    },
  };
}

/** The text of a file in a fenced block under its path. */
async function readFile(path: string, options: AttachmentOptions): Promise<string> {
  const text = textOf(await readBytes(path, options, TEXT_CAP));
  if (text !== undefined) return fenced(path === '-' ? 'standard input' : path, text);
  throw new UsageError(`${path} is not text in UTF-8`, {
    code: 'binary_file',
    hint: 'Only text can be put into a prompt; a picture goes with -i.',
  });
}

async function readBytes(
  path: string,
  { clock, signal, stdin }: AttachmentOptions,
  cap: number,
): Promise<Buffer> {
  if (stdin === undefined || !isStdin(path)) return readUserBytes(path, { clock, signal, cap });
  const tooLarge = () =>
    new UsageError(`Standard input is larger than ${cap / 2 ** 20} MiB`, {
      code: 'file_too_large',
    });
  return readToEnd(stdin, signal, { cap, tooLarge });
}

async function readPicture(place: string, options: AttachmentOptions): Promise<ContentPart> {
  // A scheme has at least two letters: one letter is a drive of Windows.
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(place) ?? [];
  if (scheme !== undefined) return pictureAt(place, scheme.toLowerCase());
  const bytes = await readBytes(place, options, PICTURE_CAP);
  const type = pictureType(bytes);
  if (type !== undefined) return picturePart(type, bytes.toString('base64'));
  throw new UsageError(`${place} is not a picture`, {
    code: 'not_a_picture',
    hint: 'Models take PNG, JPEG, GIF, WebP and BMP.',
  });
}

function pictureAt(url: string, scheme: string): ContentPart {
  const remote = (scheme === 'https' || scheme === 'http') && URL.canParse(url);
  const inline = scheme === 'data' && /^data:image\/[\w.+-]+;base64,[\w+/]+=*$/i.test(url);
  if (remote || inline) return { type: 'image_url', image_url: { url } };
  throw new UsageError(`No picture can be had from ${url.slice(0, 80)}`, {
    code: 'invalid_picture_url',
    hint: 'Give a file, an https URL, or a data URL in base64.',
  });
}
