import type { ContentPart } from './messages.ts';

/** What the first bytes say about the rest; names and headers lie more often. */
const SIGNATURES: readonly [type: string, pattern: RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  // The signature is short: the two reserved fields behind it, zero by definition, are asked as well.
  ['image/bmp', /^BM[^]{4}\0{4}/],
];

/** The media type of a picture that vision models take, undefined for anything else. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(([, pattern]) => pattern.test(start))?.[0];
}

/** A picture within the message itself, as a data URL (RFC 2397). */
export function picturePart(type: string, base64: string): ContentPart {
  return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
}

/** A text under its name in a code fence that nothing inside can close (CommonMark §4.5). */
export function fenced(name: string, text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const longest = Math.max(2, ...runs.map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A name may hold line breaks, and would then be more than a name.
  const title = name.replaceAll(/\s+/g, ' ');
  return `${title}:\n${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
