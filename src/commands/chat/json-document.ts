import { partsOf } from '../../core/chat/joined-text.ts';
import { stringify } from '../../terminal/sanitize.ts';

/** A JSON document and a line end, in parts: that of a long answer as a whole takes several times its size. */
export function* documentParts(fields: object, indent: number): Generator<string> {
  const gap = indent === 0 ? '' : `\n${' '.repeat(indent)}`;
  const colon = indent === 0 ? ':' : ': ';
  let before = '{';
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined) continue;
    yield `${before}${gap}${stringify(name)}${colon}`;
    before = ',';
    if (typeof value !== 'string') {
      yield stringify(value, indent).replaceAll('\n', gap);
      continue;
    }
    yield '"';
    for (const part of partsOf(value)) yield stringify(part).slice(1, -1);
    yield '"';
  }
  yield indent === 0 ? '}\n' : '\n}\n';
}
