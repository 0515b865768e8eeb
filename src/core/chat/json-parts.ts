/** JSON in parts: writing an answer of 60 MB as a whole takes several times its memory. */
import { PART_UNITS, partsOf } from './joined-text.ts';

/** How JSON is written. */
export interface JsonFormat {
  /** As `JSON.stringify`. It may escape more. */
  stringify: (value: unknown, indent: number) => string;
  /** Spaces of each level; 0 for one line. */
  indent: number;
}

const ON_ONE_LINE: JsonFormat = { stringify: (value) => JSON.stringify(value), indent: 0 };

/**
 * What `JSON.stringify` writes for data that comes from JSON. A part has 64 KiB or more, and ends within
 * no character.
 */
export function* jsonParts(value: unknown, format = ON_ONE_LINE): Generator<string> {
  let part = '';
  for (const piece of piecesOf(value, format, 0)) {
    part += piece;
    if (part.length < PART_UNITS) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}

function* piecesOf(value: unknown, format: JsonFormat, level: number): Generator<string> {
  const { stringify, indent } = format;
  const lineAt = (at: number) => (indent === 0 ? '' : `\n${' '.repeat(indent * at)}`);
  if (typeof value === 'string') {
    yield '"';
    for (const part of partsOf(value)) yield stringify(part, 0).slice(1, -1);
    yield '"';
    return;
  }
  if (typeof value !== 'object' || value === null || !holdsLongText(value)) {
    yield stringify(value ?? null, indent).replaceAll('\n', lineAt(level));
    return;
  }
  const isArray = Array.isArray(value);
  let before = isArray ? '[' : '{';
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined && !isArray) continue;
    yield before + lineAt(level + 1);
    if (!isArray) yield `${stringify(name, 0)}:${indent === 0 ? '' : ' '}`;
    yield* piecesOf(one, format, level + 1);
    before = ',';
  }
  yield lineAt(level) + (isArray ? ']' : '}');
}

/** Whether there is a text in it that has several parts. All else is written at once, which is much faster. */
function holdsLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length > PART_UNITS;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLongText);
}

/** The JSON in UTF-8, in parts. */
export function jsonBuffers(value: unknown): Buffer[] {
  return Array.from(jsonParts(value), (part) => Buffer.from(part));
}
