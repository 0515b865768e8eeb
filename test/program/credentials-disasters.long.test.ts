import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { expiredLoginHome, look } from '../helpers/expired-login-home.ts';
import { ANSWER, CLOCK, DISK, FILE, LOCK } from './credentials-disasters.cases.ts';
import { MOUNTED } from './credentials-mounted.cases.ts';

// What the manual says of each disaster is what is expected, word for word.
const manual = await readFile(new URL('../../docs/credentials.md', import.meta.url), 'utf8');
const rows = [...manual.matchAll(/^\| (.+?) \| (.+) \| (\d) \| (.+?) \|$/gm)].map(
  ([, the = '', text, code, disk]) => ({ the, text, code: Number(code), disk }),
);

const DISASTERS = {
  file: FILE,
  'mounted file': MOUNTED,
  disk: DISK,
  lock: LOCK,
  clock: CLOCK,
  answer: ANSWER,
};

describe.concurrent.each(Object.entries(DISASTERS))('the %s', (subject, disasters) => {
  const title = `a command ends as documented when the ${subject} $the`;
  test.for(disasters)(title, { timeout: 60_000 }, async (disaster, { skip }) => {
    const { the, strike, args = ['auth', 'token'], possible = true } = disaster;
    skip(!possible, 'takes root, and the right to mount');
    await using world = await expiredLoginHome();
    const options = (await strike(world)) ?? {};
    const before = await look(world.file);
    const { code, text } = world.seen(await world.home.run(args, options));
    const disk = await world.afterwards(before);
    expect({ the, text, code, disk }).toEqual(rows.find((row) => row.the === the));
  });
});

test('every row of docs/credentials.md is tested', () => {
  const tested = Object.values(DISASTERS).flatMap((group) => group.map(({ the }) => the));
  expect(rows.map(({ the }) => the)).toEqual(tested);
});
