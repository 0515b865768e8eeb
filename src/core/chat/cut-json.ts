import { DEEPEST, endOfString } from '../json.ts';

/**
 * The beginning of a JSON text, closed: a string that is cut off ends there, and what else is incomplete
 * is left out. For the beginning of anything else, and for one that is too deep, the result is no JSON either.
 */
export function closedJson(text: string): string {
  let closing = '';
  /** Where the text can be closed, and how. */
  let complete = { end: 0, closing };
  /** Whether a string is a value: in an object the first one of a pair is a name. */
  let isValue = true;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charAt(at)) {
      case '"': {
        const end = endOfString(text, at);
        if (end === text.length) {
          return isValue ? `${withoutHalf(text)}"${closing}` : closedAt(text, complete);
        }
        at = end;
        if (isValue) complete = { end: at + 1, closing };
        break;
      }
      case '{':
      case '[':
        isValue = text[at] === '[';
        closing = (isValue ? ']' : '}') + closing;
        if (closing.length > DEEPEST) return text;
        complete = { end: at + 1, closing };
        break;
      case '}':
      case ']':
        closing = closing.slice(1);
        complete = { end: at + 1, closing };
        break;
      case ':':
        isValue = true;
        break;
      case ',':
        isValue = closing.startsWith(']');
        complete = { end: at, closing };
        break;
    }
  }
  return closedAt(text, complete);
}

const closedAt = (text: string, { end, closing }: { end: number; closing: string }) =>
  text.slice(0, end) + closing;

/** A text without an escape that is cut off. */
function withoutHalf(text: string): string {
  const half = /\\(?:u[\da-f]{0,3})?$/i.exec(text.slice(-5));
  if (half === null) return text;
  const at = text.length - half[0].length;
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 0 ? text.slice(0, at) : text;
}
