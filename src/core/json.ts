/**
 * Levels of nesting that JSON from outside may have. `JSON.parse` accepts any depth, but
 * `JSON.stringify`, a JSON Schema and every recursive function overflow the stack at some thousands.
 */
export const DEEPEST = 500;

/**
 * Values that one list or object of JSON from outside may have. zod hands the faults of all of them to
 * one call as arguments, which overflows the stack at some 100,000.
 */
export const LONGEST = 50_000;

/**
 * Values that one text may have. An empty object is two characters, and takes 60 bytes in memory: without
 * this limit a text of 16 MiB takes more than 600 MB.
 */
const MOST_VALUES = 1_000_000;

/**
 * `JSON.parse` for a text from outside: a file, a response of a server.
 * @throws SyntaxError when it is not JSON, is nested more than 500 levels deep, or has a list or an
 *   object of more than 50,000 values
 */
export function parseJson(text: string): unknown {
  const excess = excessOf(text);
  if (excess !== undefined) throw new SyntaxError(excess);
  return JSON.parse(text);
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value under a key from outside, such as a word of a server or of a command line. Every object has
 * `constructor`, `toString` and `__proto__`, which are not its entries.
 */
export function ownValue<T>(
  record: Readonly<Record<string, T>> | undefined,
  key: string,
): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
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
 * What is too much in a text: its levels or the values of one list or object. Undefined when it is
 * within the limits. Counts brackets and commas outside strings. The text does not have to be JSON.
 */
export function excessOf(text: string): string | undefined {
  // Each level takes two characters, so that the short events of a stream are not scanned.
  if (text.length < 2 * DEEPEST) return undefined;
  const commas = new Uint32Array(DEEPEST + 1);
  let values = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x2c:
        values += 1;
        if (values > MOST_VALUES) return `it has more than ${MOST_VALUES} values`;
        commas[depth] = (commas[depth] ?? 0) + 1;
        if ((commas[depth] ?? 0) >= LONGEST) return `it has a list of more than ${LONGEST} values`;
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        values += 1;
        if (values > MOST_VALUES) return `it has more than ${MOST_VALUES} values`;
        if (depth > DEEPEST) return `it is nested more than ${DEEPEST} levels deep`;
        commas[depth] = 0;
        break;
      case 0x5d:
      case 0x7d:
        depth = Math.max(0, depth - 1);
        break;
    }
  }
  return undefined;
}

/** The index of the quote that ends the string at `start`. `indexOf` skips a picture quickly. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === 0x5c) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
