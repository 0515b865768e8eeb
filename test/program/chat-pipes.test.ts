import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endless } from '../helpers/endless.ts';
import { loopback } from '../helpers/loopback.ts';
import { createHome, type Home, MAIN } from '../helpers/program.ts';

/** More than all buffers between server and reader hold, by far. */
const MUCH = 64 * 2 ** 20;

let home: Home;
beforeAll(async () => (home = await createHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe('the end of the program', () => {
  test('SIGINT stops the request, and chat exits 130', async () => {
    await using server = await endless();
    const chat = home.start(['chat', '-p', 'x', '-s'], { env: server.env });
    await chat.seen(/and on/);
    chat.child.kill('SIGINT');
    expect((await chat.result).code).toBe(130);
    await server.closed;
  });

  test('SIGTERM ends chat with exit code 143', async () => {
    await using server = await endless();
    const chat = home.start(['chat', '-p', 'x', '-s'], { env: server.env });
    await chat.seen(/and on/);
    chat.child.kill('SIGTERM');
    expect((await chat.result).code).toBe(143);
  });

  test('a closed stdout stops the request, and chat exits 141 without a message', async () => {
    await using server = await endless();
    const script = `"$0" "$1" chat -p x -s | head -1; echo "\${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', script, process.execPath, MAIN], {
      env: { PATH: process.env.PATH, HOME: home.path, ...server.env },
    });
    let [stdout, stderr] = ['', ''];
    shell.stdout.on('data', (text) => (stdout += text));
    shell.stderr.on('data', (text) => (stderr += text));
    await once(shell, 'close');
    expect([stdout, stderr]).toEqual(['and on\n141\n', '']);
    await server.closed;
  });
});

test.skipIf(!existsSync('/dev/full')).each([
  ['chat', 'chat -p x -s'],
  ['a list', 'list-models --known'],
  ['a status', 'auth status'],
  ['the help', '--help'],
  ['the version', '--version'],
])('%s on a full disk exits 8', async (_, command) => {
  await using server = await endless();
  const shell = spawn('bash', ['-c', `"$0" "$1" ${command} > /dev/full`, process.execPath, MAIN], {
    env: { PATH: process.env.PATH, HOME: home.path, ...server.env },
  });
  let stderr = '';
  shell.stderr.on('data', (text) => (stderr += text));
  const [code] = await once(shell, 'close');
  expect(stderr).toMatch(/^error: Cannot write to standard output: ENOSPC.*\n {2}Check /);
  expect(code).toBe(8);
});

test('a reader that does not read pauses the request, and a signal still ends chat', async () => {
  await using server = await flood();
  const chat = home.start(['chat', '-p', 'x', '-s'], { env: server.env });
  chat.child.stdout.pause();
  const sent = await settled(server.sent);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(MUCH / 2);
  chat.child.kill('SIGTERM');
  const [code] = await once(chat.child, 'exit');
  expect(code).toBe(143);
  await server.closed;
});

/** What is sent by the time that nothing more is. */
async function settled(sent: () => number): Promise<number> {
  for (let round = 0, before = -1; round < 50; round += 1) {
    if (sent() > 0 && sent() === before) return before;
    before = sent();
    await wait(200);
  }
  return sent();
}

/** A server that sends as fast as the other end takes it. */
async function flood() {
  const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'word '.repeat(20) } }] })}\n\n`;
  const batch = Buffer.from(event.repeat(100));
  let sent = 0;
  let onClose = () => {};
  const closed = new Promise<void>((resolve) => (onClose = resolve));
  const server = await loopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = () => {
      let room = true;
      while (room && sent < MUCH) {
        sent += batch.length;
        room = response.write(batch);
      }
    };
    response.on('drain', more).on('close', onClose);
    more();
  });
  return { ...server, sent: () => sent, closed, env: { OPENAI_BASE_URL: `${server.url}/v1` } };
}
