import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a program in the package prints that imports the built library by its name. */
async function printed(program: string): Promise<unknown> {
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

test('the errors of the built library have the names of their classes, also in a stack trace', async () => {
  const names = await printed(`
    import * as library from 'qwen-demo';
    const classes = Object.entries(library).filter(([name]) => name.endsWith('Error'));
    const errors = classes.map(([name, Class]) => {
      const error = new Class('why', { code: 'a_code' });
      return [name, Class.name, error.name, error.stack.split('\\n')[0]];
    });
    console.log(JSON.stringify(errors));
  `);
  const expected = [
    'ApiError',
    'AuthError',
    'NetworkError',
    'ProtocolError',
    'QuotaError',
    'QwenDemoError',
    'StorageError',
    'UsageError',
  ];
  expect(names).toEqual(expected.map((name) => [name, name, name, `${name}: why`]));
});
