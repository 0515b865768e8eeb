import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { commandLine } from '../helpers/command-line.ts';

async function listed(...flags: string[]): Promise<string> {
  const { run, stdout } = commandLine();
  expect(await run('sandbox', '--list-faults', ...flags)).toBeUndefined();
  return stdout();
}

it('--list-faults lists every fault with its argument, its endpoints and what it does', async () => {
  const rows = (await listed())
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows.length).toBeGreaterThan(100);
  expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
  for (const [name, , endpoints, about] of rows) {
    expect([endpoints, about].join(), name).toMatch(/^[a-z,]+,.{10}/);
  }
  expect(rows).toContainEqual([
    'drip',
    'DURATION (100ms)',
    'all',
    'one byte of the body is sent each that time',
  ]);
  const documents = JSON.parse(await listed('--json')) as Record<string, unknown>[];
  expect(documents.map(({ name }) => name)).toEqual(rows.map(([name]) => name));
  expect(documents).toContainEqual({
    name: 'rate-limit',
    group: 'Refusals',
    argument: { name: 'RETRY-AFTER', default: '1' },
    endpoints: ['chat'],
    requests: '1',
    about: '429 limit_requests; RETRY-AFTER as for status',
  });
});

it('--list-faults fits a terminal of 80 columns, one or a few lines a fault', async () => {
  const { run, stdout } = commandLine({ columns: 80 });
  await run('sandbox', '--list-faults');
  const lines = stdout().trimEnd().split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^stall:DURATION +nothing is sent/));
  expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).toBeLessThan(81);
});

it.each([
  ['toString@chat', 'There is no fault "toString"'],
  ['quota@chta', 'There is no endpoint "chta"'],
  ['quota@refresh', '--fault quota@refresh: it happens only at chat'],
  ['quota:1', '--fault quota:1: quota takes no argument'],
  ['quota#0', '--fault quota#0: "#0" is no request: write #2, #2+, #2-4'],
  ['quota#3-2', '--fault quota#3-2: "#3-2" is no request: write #2, #2+, #2-4'],
  ['drip:soon', '--fault: "soon" is not a duration'],
  ['status:99', '--fault 99 is not a whole number from 200 to 599'],
  ['status:503,later', '--fault: "later" is no form of Retry-After'],
  ['line-ends:lfcr', '--fault: "lfcr" is not one of crlf, cr, lf'],
  [
    'refused#2-3',
    '--fault refused#2-3: nobody counts what a closed port refuses: write refused:2s#2',
  ],
])('the sandbox refuses --fault %s', async (fault, message) => {
  const error = await commandLine().run('sandbox', '--fault', fault);
  expect(error).toMatchObject({ kind: 'usage', message });
});
