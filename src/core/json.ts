/**
 * Levels of nesting that JSON from outside may have. `JSON.parse` accepts any depth, but
 * `JSON.stringify`, a JSON Schema and every recursive function overflow the stack at some thousands.
 */
export const DEEPEST = 500;

/**
 * `JSON.parse` for a text from outside: a file, a response of a server.
 * @throws SyntaxError when it is not JSON or is nested more than 500 levels deep
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested more than ${DEEPEST} levels deep`);
  return JSON.parse(text);
}

/** {@link parseJson}, but undefined for a text that it refuses. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a text is nested more than 500 levels deep. Counts brackets outside strings. The text does
 * not have to be JSON.
 */
export function isTooDeep(text: string): boolean {
  // Each level takes two characters, so that the short events of a stream are not scanned.
  if (text.length < 2 * DEEPEST) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        if (depth > DEEPEST) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
        break;
    }
  }
  return false;
}

/** The index of the quote that ends the string at `start`. `indexOf` skips a picture quickly. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === 0x5c) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
