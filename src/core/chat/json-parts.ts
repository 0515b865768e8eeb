/** JSON in parts: writing an answer of 60 MB as a whole takes several times its memory. */
import { JoinedText, PART_UNITS, partsOf } from './joined-text.ts';

/** How JSON is written. */
export interface JsonFormat {
  /** As `JSON.stringify`. It may escape more. */
  stringify: (value: unknown) => string;
  /** Spaces of each level; 0 for one line. */
  indent: number;
}

const ON_ONE_LINE: JsonFormat = { stringify: JSON.stringify, indent: 0 };

/** What `JSON.stringify` writes for plain data, in parts of some 64 KiB. */
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
  if (typeof value === 'string') {
    yield '"';
    for (const part of partsOf(value)) yield stringify(part).slice(1, -1);
    yield '"';
    return;
  }
  if (typeof value !== 'object' || value === null) {
    yield stringify(value ?? null);
    return;
  }
  const lineAt = (at: number) => (indent === 0 ? '' : `\n${' '.repeat(indent * at)}`);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  let before = open;
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined && !isArray) continue;
    yield before + lineAt(level + 1);
    if (!isArray) yield `${stringify(name)}:${indent === 0 ? '' : ' '}`;
    yield* piecesOf(one, format, level + 1);
    before = ',';
  }
  yield before === open ? open + close : lineAt(level) + close;
}

/** The JSON in UTF-8, in parts. */
export function jsonBuffers(value: unknown): Buffer[] {
  const json = new JoinedText();
  for (const part of jsonParts(value)) json.add(part);
  return json.takeBuffers();
}
