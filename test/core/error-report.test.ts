import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeError } from '../../src/core/error-report.ts';
import { StorageError } from '../../src/core/errors.ts';
import { MAIN } from '../helpers/program.ts';

test.each([
  new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory'),
  new RangeError('WebAssembly.Memory(): could not allocate memory'),
  new RangeError('Array buffer allocation failed'),
  Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' }),
])('memory that is not given is no bug: %s', (error) => {
  const { kind, code, message, hint } = describeError(error);
  expect([kind, code]).toEqual(['storage', 'out_of_memory']);
  expect(message).toBe(`There is not enough memory: ${error.message}`);
  expect(hint).toContain('ulimit -v');
});

test.each([new RangeError('Invalid array length'), new TypeError('x is not iterable'), 'text'])(
  'what nobody expected stays a bug: %s',
  (error) => {
    expect(describeError(error)).toMatchObject({ kind: 'unexpected', code: 'bug' });
  },
);

test('an error of the program about memory stays as it is', () => {
  const error = new StorageError('out of memory', { code: 'disk_full' });
  expect(describeError(error)).toMatchObject({ code: 'disk_full', message: 'out of memory' });
});

test.skipIf(process.platform !== 'linux' || !existsSync(MAIN))(
  'too few addresses for WebAssembly end with the code for it, and the hint works',
  () => {
    const ask = `ulimit -v 3000000 && exec "$0" "$1" chat -p x --max-retries 0 --base-url http://127.0.0.1:1/v1`;
    const run = (env: Record<string, string>) =>
      spawnSync('sh', ['-c', ask, process.execPath, MAIN], {
        env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
        encoding: 'utf8',
      });
    const { status, stderr } = run({});
    // Node 24 and later do without the addresses.
    expect(status).toBe(status === 4 ? 4 : 8);
    const option = /NODE_OPTIONS=(\S+)/.exec(stderr)?.[1];
    if (option !== undefined) expect(run({ NODE_OPTIONS: option }).status).toBe(4);
  },
);
