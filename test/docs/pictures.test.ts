import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { draw, lastingIn, STORIES, textIn } from '../pictures/runs.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

test('every picture is one of npm run pictures, is small, and stands in the README', async () => {
  const names = await readdir(new URL('docs/pictures', root));
  const drawn = Object.keys(STORIES).map((name) => `${name}.svg`);
  expect(names.toSorted()).toEqual([...drawn, 'report.png'].toSorted());
  const readme = await read('README.md');
  for (const name of names) {
    expect(readme).toContain(`](docs/pictures/${name})`);
    expect((await read(`docs/pictures/${name}`)).length).toBeLessThan(100_000);
  }
});

// All of them: npm run pictures -- --check.
test.each(['chat', 'list-models'])(
  'the picture of %s shows what the program prints',
  async (name) => {
    const story = STORIES[name];
    if (story === undefined) throw new Error(`There is no story of ${name}`);
    const { text } = await draw(story);
    const picture = textIn(await read(`docs/pictures/${name}.svg`));
    expect(lastingIn(picture), 'npm run pictures draws it again').toBe(lastingIn(text));
  },
);
