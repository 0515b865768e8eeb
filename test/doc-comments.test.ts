import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const core = fileURLToPath(new URL('../src/core', import.meta.url));

const EXPORT = /^export (?:async |abstract )?(?:function|const|interface|type|class) (\w+)/;

/** The exports of a source text that no doc comment precedes. */
function undocumented(source: string): string[] {
  const lines = source.split('\n');
  return lines.flatMap((line, index) => {
    const name = EXPORT.exec(line)?.[1];
    return name === undefined || isDocumented(lines.slice(0, index)) ? [] : [name];
  });
}

function isDocumented(before: readonly string[]): boolean {
  if (before.at(-1)?.endsWith('*/') !== true) return false;
  return before.findLast((line) => line.startsWith('/*'))?.startsWith('/**') === true;
}

describe('src/core', () => {
  const paths = readdirSync(core, { encoding: 'utf8', recursive: true });
  const sources = paths
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => ({ path, source: readFileSync(join(core, path), 'utf8') }));

  it('has a doc comment for every export', () => {
    const found = sources.flatMap(({ path, source }) =>
      undocumented(source).map((name) => `${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('names the errors of a function by their class or by a link to a function', () => {
    const vague = /@throws (?:what|as|the same|whatever|\w+ as) .*/;
    const found = sources.flatMap(({ path, source }) => {
      const text = vague.exec(source)?.[0];
      return text === undefined ? [] : [`${path}: ${text}`];
    });
    expect(found).toEqual([]);
  });
});

describe('the search for exports without a doc comment', () => {
  it.each([
    ['a doc comment of one line', '/** Two. */\nexport const two = 2;', []],
    ['a doc comment of several lines', '/**\n * Two.\n */\nexport const two = 2;', []],
    ['no comment', 'export const two = 2;', ['two']],
    ['a comment before a blank line', '/** Two. */\n\nexport const two = 2;', ['two']],
    ['a plain comment', '/* Two. */\nexport const two = 2;', ['two']],
    ['an async function', 'export async function go() {}', ['go']],
    ['a type', 'export type Two = 2;', ['Two']],
  ])('judges an export with %s', (_, source, expected) => {
    expect(undocumented(source)).toEqual(expected);
  });
});
