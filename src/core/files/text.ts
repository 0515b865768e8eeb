import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARK = '\uFEFF';

/** UTF-8 without its byte order mark. Bytes that are not UTF-8 become U+FFFD. */
export function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/**
 * Text in UTF-8 without its byte order mark; undefined for anything else. A NUL is legal UTF-8, but
 * text has none: UTF-16 and binary files do.
 */
export function textOf(bytes: Buffer): string | undefined {
  return !bytes.includes(0) && isUtf8(bytes) ? decode(bytes) : undefined;
}
