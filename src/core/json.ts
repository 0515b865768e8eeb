/**
 * Levels of nesting that no JSON needs. `JSON.parse` takes any depth, but `JSON.stringify`, a JSON
 * Schema and every recursive function exhaust the stack at some thousands.
 */
export const DEEPEST = 500;

/**
 * `JSON.parse` of a text from outside: a file, an answer of a server.
 * @throws SyntaxError when it is not JSON or nested more than 500 levels deep
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested more than ${DEEPEST} levels deep`);
  return JSON.parse(text);
}

/** The same; undefined for what is not JSON. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a text is nested too deeply to be worked with. Counts brackets outside strings; the text
 * need not be JSON.
 */
export function isTooDeep(text: string): boolean {
  // Each level takes two characters: the events of a stream are not looked at.
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

/** Where the string that begins at `start` ends. A picture in it is skipped at once. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === 0x5c) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
