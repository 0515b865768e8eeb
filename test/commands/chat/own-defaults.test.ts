import { expect, test } from 'vitest';
import { createInProcessHome } from '../../helpers/in-process-home.ts';

interface Sent {
  model: string;
  stream?: boolean;
  temperature?: number;
  messages: { role: string; content: string }[];
}

const ANSWER = {
  choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

/** A home with this config.json, whose server knows no model `gone`. */
async function homeWith(profile: object, config: object = {}) {
  const home = await createInProcessHome();
  const sent: Sent[] = [];
  home.answer((request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      // The list of models, which this server does not have.
      if (request.method === 'GET') return void response.writeHead(404).end();
      const body = JSON.parse(text) as Sent;
      sent.push(body);
      if (body.model === 'gone') {
        return void response.writeHead(429).end('{"error":{"code":"insufficient_quota"}}');
      }
      if (body.stream !== true) return void response.end(JSON.stringify(ANSWER));
      const delta = { choices: [{ delta: { content: 'hi' }, finish_reason: 'stop' }] };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.end(`data: ${JSON.stringify(delta)}\n\ndata: [DONE]\n\n`);
    });
  });
  const profiles = { default: { base_url: home.url, ...profile } };
  await home.put('config.json', JSON.stringify({ ...config, profiles }));
  return { home, sent };
}

const systemOf = (sent: Sent | undefined) =>
  sent?.messages.filter(({ role }) => role === 'system').map(({ content }) => content);

test('what a profile says of an answer holds until a flag says otherwise', async () => {
  const { home, sent } = await homeWith({
    temperature: 0.5,
    system: 'Be "brief".',
    stream: true,
    usage: true,
  });
  await using _ = home;
  const plain = await home.run(['chat', 'hello']);
  expect(plain).toMatchObject({ code: 0, stdout: 'hi\n' });
  expect(plain.stderr).toContain('token');
  expect(sent.at(-1)).toMatchObject({ temperature: 0.5, stream: true });
  expect(systemOf(sent.at(-1))).toEqual(['Be "brief".']);

  const flags = ['--no-stream', '--no-usage', '--temperature', '0', '--system', ''];
  expect(await home.run(['chat', 'hello', ...flags])).toEqual({
    code: 0,
    stdout: 'hi\n',
    stderr: '',
  });
  expect(sent.at(-1)).toMatchObject({ temperature: 0, stream: false });
  expect(systemOf(sent.at(-1))).toEqual([]);

  const json = await home.run(['chat', 'hello', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ content: 'hi' });
});

test('the system text of a profile is a file beside config.json, and leaves those of conversations and message arrays', async () => {
  const { home, sent } = await homeWith({ system: '@system.txt' });
  await using _ = home;
  await home.put('system.txt', 'From the file.\n');
  await home.run(['chat', '--new', 'mine', '--system', 'Mine.', 'hello']);
  await home.run(['chat', '-c', 'mine', 'again']);
  expect(systemOf(sent.at(-1))).toEqual(['Mine.']);
  await home.run(['chat', '-c', 'mine', '--system', '', 'again']);
  expect(systemOf(sent.at(-1))).toEqual([]);
  await home.run(['chat', '--new', 'other', 'hello']);
  expect(systemOf(sent.at(-1))).toEqual(['From the file.']);
  const array = [
    { role: 'system', content: 'Theirs.' },
    { role: 'user', content: 'hello' },
  ];
  const { code } = await home.run(['chat', '--messages', '-'], {}, JSON.stringify(array));
  expect([code, systemOf(sent.at(-1))]).toEqual([0, ['Theirs.']]);
});

test('a missing file of the system text is looked for beside config.json, or in the current folder for the flag', async () => {
  const { home } = await homeWith({ system: '@none.txt' });
  await using _ = home;
  const { code, stderr } = await home.run(['chat', 'hello']);
  expect(code).toBe(2);
  expect(stderr).toContain(`Cannot read ${home.home}/none.txt`);
  expect(stderr).toContain('starts at the folder of config.json');
  const flag = await home.run(['chat', 'hello', '--system', '@none.txt']);
  expect(flag.stderr).toContain('starts at the current folder');
});

test('a wrong value names the profile, and concerns chat alone', async () => {
  const { home, sent } = await homeWith({ temperature: 3 });
  await using _ = home;
  const { code, stderr } = await home.run(['chat', 'hello']);
  expect([code, sent]).toEqual([2, []]);
  expect(stderr).toContain('profile default: temperature 3 is not a number from 0 to 2');
  expect((await home.run(['chat', 'hello', '--temperature', '1'])).code).toBe(0);
  expect((await home.run(['auth', 'list'])).code).toBe(0);
});

test('every flag and setting for a model takes the names of config.json', async () => {
  const models = { fast: 'ignored', best: 'fast', a: 'b', b: 'a', same: 'same', old: 'gone' };
  const profile = { model: 'best', models: { fast: 'm-1' }, fallback_models: ['old', 'fast'] };
  const { home, sent } = await homeWith(profile, { models });
  await using _ = home;
  const asked = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stderr } = await home.run(args, env);
    expect(code, stderr).toBe(0);
    return sent.splice(0).map(({ model }) => model);
  };
  expect(await asked(['chat', 'hello'])).toEqual(['m-1']);
  expect(await asked(['chat', 'hello', '-m', 'same'])).toEqual(['same']);
  expect(await asked(['chat', 'hello', '-m', 'm-2'])).toEqual(['m-2']);
  expect(await asked(['chat', 'hello'], { QWEN_DEMO_MODEL: 'fast' })).toEqual(['m-1']);
  expect(await asked(['chat', 'hello', '-m', 'old'])).toEqual(['gone', 'gone', 'm-1']);
  expect(await asked(['chat', 'hello', '-m', 'old', '--fallback-model', 'm-3'])).toEqual([
    'gone',
    'm-3',
  ]);
  await home.run(['validate-models', '-m', 'best', '--probe', 'chat']);
  expect(sent[0]?.model).toBe('m-1');
  const circle = await home.run(['chat', 'hello', '-m', 'a']);
  expect(circle.code).toBe(2);
  expect(circle.stderr).toContain('The name "a" stands for no model: a -> b -> a');
});
