import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBE_NAMES } from '../../src/core/validation/report.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const FOLDER = 'src/core/validation/';
const SOURCES = readdirSync(new URL(FOLDER, root), { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts'),
);

/** Ids that the source puts together. */
const MADE = [
  'PROBE/fresh',
  'dialect/FIELD',
  'own/NAME',
  ...['schema', 'object'].flatMap((form) => [
    `json/${form}`,
    `json/${form}-values`,
    `dialect/json-${form}`,
  ]),
  ...['start', 'middle', 'end'].map((place) => `long/${place}`),
  ...['unknown-model', 'malformed-body', 'long-prompt', 'bad-key'].map(
    (mistake) => `errors/${mistake}-object`,
  ),
];

test('docs/checks.md lists the id of every check, once', () => {
  const kinds = new Set<string>([...PROBE_NAMES, 'answered-by', 'dialect', 'modes', 'wire']);
  const written = SOURCES.flatMap((name) =>
    [...read(FOLDER + name).matchAll(/'([a-z-]+)\/[a-z-]+'/g)]
      .filter(([, kind = '']) => kinds.has(kind))
      .map(([quoted]) => quoted.slice(1, -1)),
  );
  const listed = [...read('docs/checks.md').matchAll(/^\| `([^`]+)` \|/gm)].map(
    ([, id = '']) => id,
  );
  const made = new Set(written.filter((id) => !id.endsWith('/fresh')));
  expect(listed.toSorted()).toEqual([...made, ...MADE].toSorted());
});
