import type { ContentPart } from './messages.ts';

/** Media types by the first bytes of a file, which are wrong less often than its name. */
const SIGNATURES: readonly [type: string, pattern: RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  // "BM" is short, so that the two reserved fields after the size, which are zero, are checked too.
  ['image/bmp', /^BM[^]{4}\0{4}/],
];

/** The media type of a picture that vision models accept, undefined for all other files. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(([, pattern]) => pattern.test(start))?.[0];
}

/** A part of a message that holds the picture itself, as a data URL (RFC 2397). */
export function picturePart(type: string, base64: string): ContentPart {
  return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
}

/**
 * A text in a code fence, after its name and a colon. The fence is longer than every run of backticks
 * in the text, so that no line of it closes the fence (CommonMark §4.5).
 */
export function fenced(name: string, text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const longest = Math.max(2, ...runs.map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A file name can contain line breaks.
  const title = name.replaceAll(/\s+/g, ' ');
  return `${title}:\n${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
