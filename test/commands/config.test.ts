import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';

/** Runs `config` with these words, which must succeed, and resolves to stdout. */
async function config(home: InProcessHome, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(['config', ...words]);
  expect(code, stderr).toBe(0);
  return stdout;
}

const fileIn = async (home: InProcessHome) => JSON.parse(await home.read('config.json')) as unknown;

test('a key is set with its type, read and removed', async () => {
  await using home = await createInProcessHome();
  for (const [key, values, stored, shown] of [
    ['temperature', ['0.2'], 0.2, '0.2\n'],
    ['timeout', ['30s'], '30s', '30s\n'],
    ['thinking', ['off'], false, 'false\n'],
    ['model', ['qwen3-max'], 'qwen3-max', 'qwen3-max\n'],
    ['system', ['Be "brief".\nAlways.'], 'Be "brief".\nAlways.', 'Be "brief".\nAlways.\n'],
    ['fallback_models', ['a', 'b'], ['a', 'b'], 'a\nb\n'],
    ['fallback_models', ['a'], 'a', 'a\n'],
  ] as const) {
    expect(await config(home, 'set', key, ...values)).toBe('');
    expect(await fileIn(home)).toEqual({ profiles: { default: { [key]: stored } } });
    expect(await config(home, 'get', key)).toBe(shown);
    expect(JSON.parse(await config(home, 'get', key, '--json'))).toEqual(stored);
    await config(home, 'unset', key);
    expect(await fileIn(home)).toEqual({ profiles: { default: {} } });
  }
});

test('a change leaves everything else in the file as it was, in its order', async () => {
  await using home = await createInProcessHome();
  const before = {
    $schema: 's',
    profiles: {
      work: { model: 'm', from_login: ['auth', 'model'], auth: 'oauth', headers: ['X-A: 1'] },
      default: { temperature: 1 },
    },
    models: { fast: 'f' },
  };
  await home.put('config.json', JSON.stringify(before));
  await config(home, 'set', 'max_tokens', '9', '--profile', 'work');
  const work = { ...before.profiles.work, max_tokens: 9 };
  const after = { ...before, profiles: { ...before.profiles, work } };
  expect(await home.read('config.json')).toBe(`${JSON.stringify(after, null, 2)}\n`);
  // What the user sets is no longer removed by a logout.
  await config(home, 'set', 'model', 'mine', '--profile', 'work');
  expect(await fileIn(home)).toMatchObject({ profiles: { work: { from_login: ['auth'] } } });
});

test('names for models are for all profiles, or for the one that is named', async () => {
  await using home = await createInProcessHome();
  await config(home, 'set', 'models.fast', 'one');
  await config(home, 'set', 'models.qwen3.5', 'two');
  await config(home, 'set', 'models.fast', 'three', '--profile', 'work');
  expect(await fileIn(home)).toEqual({
    models: { fast: 'one', 'qwen3.5': 'two' },
    profiles: { work: { models: { fast: 'three' } } },
  });
  expect(await config(home, 'get', 'models.fast')).toBe('one\n');
  expect(await config(home, 'get', 'models', '--profile', 'work')).toBe(
    'fast=three\nqwen3.5=two\n',
  );
  const circle = await home.run(['config', 'set', 'models.one', 'fast']);
  expect([circle.code, circle.stderr]).toEqual([2, expect.stringContaining('-> fast')]);
  await config(home, 'unset', 'models.fast');
  await config(home, 'unset', 'models.qwen3.5');
  await config(home, 'unset', 'models.fast', '--profile', 'work');
  expect(await fileIn(home)).toEqual({ profiles: { work: {} } });
});

test('the values of headers are never shown', async () => {
  await using home = await createInProcessHome();
  await home.put('config.json', '{"profiles":{"default":{"headers":["X-A: s3cret-a"]}}}');
  const outputs = [await home.run(['config', 'set', 'headers.X-B', 's3cret-b'])];
  expect(await fileIn(home)).toEqual({
    profiles: { default: { headers: { 'X-A': 's3cret-a', 'X-B': 's3cret-b' } } },
  });
  for (const words of [
    'list',
    'list --json',
    'get headers',
    'get headers.x-b',
    'get headers --json',
  ]) {
    outputs.push(await home.run(['config', ...words.split(' ')]));
  }
  for (const { code, stdout, stderr } of outputs) {
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('s3cret');
  }
  expect(outputs[1]?.stdout).toBe('headers.X-A=(hidden)\nheaders.X-B=(hidden)\n');
  await config(home, 'unset', 'headers.x-a');
  expect(await fileIn(home)).toEqual({ profiles: { default: { headers: { 'X-B': 's3cret-b' } } } });
});

test('config alone lists the profile in force, or as JSON', async () => {
  await using home = await createInProcessHome();
  const { code, stdout, stderr } = await home.run(['config']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('qwen-demo config set');
  await home.put(
    'config.json',
    JSON.stringify({
      default_profile: 'work',
      models: { fast: 'f' },
      profiles: { work: { model: 'fast', from_login: ['auth'], auth: 'oauth' }, other: {} },
    }),
  );
  const lines = 'default_profile=work\nmodels.fast=f\nauth=oauth\nmodel=fast\n';
  expect(await config(home)).toBe(lines);
  expect(JSON.parse(await config(home, 'list', '--json'))).toEqual({
    version: 1,
    profile: 'work',
    settings: { default_profile: 'work', 'models.fast': 'f', model: 'fast', auth: 'oauth' },
  });
  expect(await config(home, 'list', '--profile', 'other')).not.toContain('model=');
});

test('a value that a profile has already wrong does not prevent a change of another', async () => {
  await using home = await createInProcessHome();
  await home.put('config.json', '{"profiles":{"default":{"temperature":3,"max_retries":"x"}}}');
  await config(home, 'set', 'temperature', '1');
  const still = await home.run(['config', 'set', 'temperature', '4']);
  expect(still.stderr).toContain('temperature 4 is not a number from 0 to 2');
  await config(home, 'unset', 'max_retries');
  expect(await fileIn(home)).toEqual({ profiles: { default: { temperature: 1 } } });
});

test('a path that is typed begins in the current folder', async () => {
  await using home = await createInProcessHome();
  await config(home, 'set', 'system', '@me.txt');
  await config(home, 'set', 'credentials', '~/login.json');
  expect(await fileIn(home)).toEqual({
    profiles: { default: { system: `@${resolve('me.txt')}`, credentials: '~/login.json' } },
  });
});

test('what cannot be set is refused with advice, and changes nothing', async () => {
  await using home = await createInProcessHome();
  const text = '{ "profiles": { "work": { "model": "m" } } }';
  await home.put('config.json', text);
  for (const [line, message] of [
    ['set temprature 1', 'Did you mean `qwen-demo config set temperature 1`?'],
    ['get max-token', 'Did you mean `qwen-demo config get max_tokens`?'],
    ['get max-tokens', 'max-tokens is not set in profile default'],
    ['set api_key sk-0123456789abcdef', 'auth login --with-api-key'],
    ['get profiles.work.model', '--profile work'],
    ['set default_profile work', 'qwen-demo auth switch NAME'],
    ['set models fast', 'qwen-demo config set models.fast qwen3-coder-flash'],
    ['set models. x', 'There is no key "models."'],
    ['set temperature.x 1', 'There is no key "temperature.x"'],
    ['set temperature 3', 'temperature 3 is not a number from 0 to 2'],
    ['set thinking perhaps', 'thinking must be true or false, not "perhaps"'],
    ['set max_retries 1000', 'max_retries 1000 is not a whole number from 0 to 99'],
    ['set timeout soon', '"soon" is not a duration'],
    ['set base_url http://example.com/v1', 'profile default names plain http'],
    ['set plan best', 'plan'],
    ['set auth magic', 'auth must be oauth or api-key'],
    ['set headers.Authorization secret-value', 'cannot set authorization'],
    ['set system be brief', 'takes one value, and there are 2'],
    ['get model', 'model is not set in profile default'],
    ['get model --profile wrok', 'no profile "wrok"'],
    ['unset', 'missing required argument'],
    ['sett x', 'qwen-demo config set x'],
  ] as const) {
    const { code, stdout, stderr } = await home.run(['config', ...line.split(' ')]);
    expect({ code, stdout, line }).toEqual({ code: 2, stdout: '', line });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/secret-value|0123456789/);
  }
  const empty = await home.run(['config', 'set', 'model', '']);
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('model is empty')]);
  expect(await home.read('config.json')).toBe(text);
  expect((await home.run(['config', 'unset', 'model'])).stderr).toContain('model was not set');
});
