import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { entryOf, rowsIn } from '../faults/page.ts';
import { runScene } from '../faults/run-scene.ts';
import { SCENES } from '../faults/scenes.ts';

const page = await readFile(new URL('../../docs/faults.md', import.meta.url), 'utf8');
const written = rowsIn(page);
const nameOf = ({ fault, command }: (typeof SCENES)[number]) => `${fault} ${command.name}`;

test('docs/faults.md has a row for every fault and every command that it hits', () => {
  // When this fails: npm run faults -- --write
  expect([...written.keys()].toSorted()).toEqual(SCENES.map(nameOf).toSorted());
});

/** A few of the 1,000 rows, which `npm run faults` checks all. */
const SAMPLE = [
  'refused chat',
  'cut chat -s',
  'bad-chunk list-models',
  'error-finish chat -s --json',
  'cumulative chat -s',
  'key-in-error chat',
  'hostile-error auth login (device)',
  'code-denied auth login (poll)',
  'lost auth refresh',
  'lost auth login (poll)',
  'html-login auth login (device)',
  'odd-models list-models',
];

describe('a row of docs/faults.md is what the command does', () => {
  test.each(SAMPLE)('%s', async (name) => {
    const scene = SCENES.find((one) => nameOf(one) === name);
    if (!scene) throw new Error(`No scene has the name ${name}`);
    const result = await runScene(scene);
    expect(result.violations).toEqual([]);
    expect(entryOf(scene, result)).toEqual([name, written.get(name)]);
  });
});
