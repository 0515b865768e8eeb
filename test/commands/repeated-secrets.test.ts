import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';

const KEY = 'key+0123/56789=abc';
const ENCODED = [
  KEY,
  encodeURIComponent(KEY),
  Buffer.from(KEY).toString('hex'),
  Buffer.from(KEY).toString('base64').replaceAll('=', ''),
  // Of `: key...` in base64, from the first character that only the key decides.
  Buffer.from(`: ${KEY}`).toString('base64url').slice(3, -1),
];
const WITHIN = Buffer.from(`: ${KEY}, ok`).toString('base64url');
const ECHO = `my key: ${KEY}, ${ENCODED.slice(1, 4).join(' ')} ${WITHIN}.`;

let at: InProcessHome;
let env: Record<string, string>;
beforeAll(async () => {
  at = await createInProcessHome();
  env = { OPENAI_BASE_URL: `${at.url}/v1`, OPENAI_API_KEY: KEY, QWEN_DEMO_MODEL: 'm' };
});
afterAll(() => at[Symbol.asyncDispose]());

/** Answers with the key, whole or as a stream that cuts it in the middle. */
function echo(stream: boolean, finish_reason: string | null = 'stop'): void {
  at.answer((request, response) => {
    if (request.url?.endsWith('/models') === true) {
      response.end(JSON.stringify({ data: [{ id: `model of ${KEY}`, description: ECHO }] }));
    } else if (stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (choice: object) =>
        response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
      for (const field of ['reasoning_content', 'content']) {
        for (const piece of ECHO.match(/.{1,5}/g) ?? []) send({ delta: { [field]: piece } });
      }
      if (finish_reason !== null) send({ delta: {}, finish_reason });
      response.end();
    } else {
      const message = { content: ECHO, reasoning_content: ECHO };
      const model = `m of ${KEY}`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ model, choices: [{ message, finish_reason }] }));
    }
  });
}

const repeatedIn = (text: string) => ENCODED.filter((secret) => text.includes(secret));

async function writtenFiles(folder = at.home): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile());
  return (
    await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), 'utf8')))
  ).join();
}

describe('a key that the server repeats', () => {
  test('is in no report, baseline, table, progress or stored verdict of a validation', async () => {
    echo(false);
    await at.furnish([]);
    const formats = ['json', 'junit', 'tap', 'markdown', 'html', 'github'];
    const reports = formats.flatMap((one) => [
      '--report',
      `${one}=${join(at.home, `report.${one}`)}`,
    ]);
    const args = ['validate-models', '-m', 'm', '--probe', 'chat', ...reports];
    const baseline = ['--baseline', join(at.home, 'baseline'), '--update-baseline'];
    const runs = [
      await at.run([...args, ...baseline, '--debug'], env),
      await at.run(['validate-models', '-m', 'm', '--probe', 'chat', '--json'], env),
    ];
    for (const { stdout, stderr } of runs) expect(repeatedIn(stdout + stderr)).toEqual([]);
    expect(runs[0]?.stdout).toContain('[redacted]');
    expect((await readdir(at.home)).length).toBeGreaterThanOrEqual(8);
    const files = await writtenFiles();
    expect(files).toContain('[redacted]');
    expect(repeatedIn(files)).toEqual([]);
  });

  test.each([
    ['list-models', '--json'],
    ['list-models', '--details'],
    ['validate-models', '--init', 'INIT'],
    ['auth', 'status', '--check'],
    ['auth', 'status', '--check', '--json'],
  ])('is in nothing that %s %s shows or writes', async (...words) => {
    echo(false);
    await at.furnish([]);
    const args = words.map((word) => word.replace('INIT', join(at.home, 'models.json')));
    const { code, stdout, stderr } = await at.run([...args, '--debug'], env);
    expect(code).toBe(0);
    expect(repeatedIn(stdout + stderr + (await writtenFiles()))).toEqual([]);
    expect(stdout + stderr + (await writtenFiles())).toContain('[redacted]');
  });

  test.each([
    ['a whole answer', false, 'stop', 0, []],
    ['a streamed one', true, 'stop', 0, ['-s']],
    ['one that breaks off', true, null, 7, ['-s']],
  ] as const)('stays in %s, and a notice says so', async (_, stream, finish, code, flags) => {
    echo(stream, finish);
    const run = await at.run(['chat', '-p', 'x', ...flags], env);
    expect(run.code).toBe(code);
    expect(run.stdout).toBe(`${ECHO}\n`);
    expect(run.stderr).toContain('The answer contains a secret of this command');
    expect(run.stderr).toContain('my key: [redacted], [redacted]');
    expect(repeatedIn(run.stderr)).toEqual([]);
  });

  test.each([[], ['--json'], ['--debug']])('is in no error, with %j', async (...flags) => {
    at.answer((_, response) => {
      response.writeHead(400, { 'x-request-id': KEY, 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: ECHO, code: KEY } }));
    });
    const { code, stdout, stderr } = await at.run(['chat', '-p', 'x', ...flags], env);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toContain('[redacted]');
    expect(repeatedIn(stderr)).toEqual([]);
  });
});
