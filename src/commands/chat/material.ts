import { UsageError } from '../../core/errors.ts';
import { fenced, picturePart, pictureType } from '../../core/chat/attachment.ts';
import type { ContentPart } from '../../core/chat/messages.ts';
import { type ReadOptions, readUserBytes } from '../../core/files/user-file.ts';
import { textOf } from '../../core/files/text.ts';

/** More than the longest context of any model, in bytes. */
const TEXT_CAP = 4 * 2 ** 20;
/** DashScope takes 10 MiB of base64 for one picture: so many bytes. */
const PICTURE_CAP = 7.5 * 2 ** 20;

/**
 * A text file, fenced under its name, as a part of a prompt.
 * @throws UsageError; as `readUserBytes`
 */
export async function readMaterial(path: string, options: ReadOptions): Promise<string> {
  const text = textOf(await readUserBytes(path, { ...options, cap: TEXT_CAP }));
  if (text !== undefined) return fenced(path, text);
  throw new UsageError(`${path} is not text in UTF-8`, {
    code: 'binary_file',
    hint: 'Only text can be put into a prompt; a picture goes with -i.',
  });
}

/**
 * A picture as a part of a message: the URL itself, or the bytes of a file.
 * @throws UsageError; as `readUserBytes`
 */
export async function readPicture(place: string, options: ReadOptions): Promise<ContentPart> {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(place) ?? [];
  if (scheme !== undefined) return pictureAt(place, scheme.toLowerCase());
  const bytes = await readUserBytes(place, { ...options, cap: PICTURE_CAP });
  const type = pictureType(bytes);
  if (type !== undefined) return picturePart(type, bytes.toString('base64'));
  throw new UsageError(`${place} is not a picture`, {
    code: 'not_a_picture',
    hint: 'Models take PNG, JPEG, GIF, WebP and BMP.',
  });
}

/** A single letter is no scheme but a drive. */
function pictureAt(url: string, scheme: string): ContentPart {
  const fetched = (scheme === 'https' || scheme === 'http') && URL.canParse(url);
  const inline = scheme === 'data' && /^data:image\/[\w.+-]+;base64,[\w+/]+=*$/i.test(url);
  if (fetched || inline) return { type: 'image_url', image_url: { url } };
  throw new UsageError(`No picture can be had from ${url.slice(0, 80)}`, {
    code: 'invalid_picture_url',
    hint: 'Give a file, an https URL, or a data URL in base64.',
  });
}
