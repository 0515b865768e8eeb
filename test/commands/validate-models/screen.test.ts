import { spawn } from '@lydell/node-pty';
import { Terminal } from '@xterm/headless';
import { expect, it } from 'vitest';
import { type Behaviour, json, modelApi, says } from '../../helpers/model-api.ts';

const MAIN = new URL('../../../dist/main.cjs', import.meta.url).pathname;

/** The built program on a real pseudo-terminal, and the screen that a person sees. */
function onScreen(columns: number, url: string, args: string[]) {
  const emulator = new Terminal({ cols: columns, rows: 40, allowProposedApi: true });
  const env = { PATH: process.env.PATH, TERM: 'xterm-256color', OPENAI_BASE_URL: `${url}/v1` };
  const pty = spawn(process.execPath, [MAIN, ...args], { cols: columns, rows: 40, env });
  const limit = setTimeout(() => pty.kill('SIGKILL'), 15_000);
  let changed = () => {};
  pty.onData((data) => emulator.write(data, () => changed()));
  const screen = () => {
    const { active } = emulator.buffer;
    const line = (row: number) => active.getLine(row)?.translateToString(true) ?? '';
    return Array.from({ length: active.cursorY }, (_, row) => line(row));
  };
  return {
    pty,
    screen,
    shows: (text: string) =>
      new Promise<void>((resolve) => {
        changed = () => {
          const { active } = emulator.buffer;
          if (active.getLine(active.cursorY)?.translateToString(true).includes(text)) resolve();
        };
        changed();
      }),
    exit: new Promise<number>((resolve) => {
      pty.onExit(({ exitCode }) => {
        clearTimeout(limit);
        emulator.write('', () => resolve(exitCode));
      });
    }),
  };
}

it('counts in place while it waits and leaves nothing but the table', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const later: Behaviour = (response) => void held.then(() => says('42')(response));
  const missing = json(404, { error: { message: 'There is no such model here' } });
  await using api = await modelApi({ quick: says('42'), late: later, missing });

  const models = ['quick', 'late', 'missing'].flatMap((model) => ['-m', model]);
  const { shows, screen, exit } = onScreen(80, api.url, ['validate-models', ...models]);
  await shows('Asking 3 models, 2 finished');
  release();
  expect(await exit).toBe(9);
  const lines = screen().map((line) => line.replaceAll(/\d+ ms|\d\.\d+ s/g, 'TIME'));
  expect(lines[0]).toMatch(/^MODEL {4}NEED {6}VERDICT {8}LATENCY {2}REASON$/);
  expect(lines[1]).toBe('quick    required  ✓ pass         TIME');
  expect(lines[2]).toBe('late     required  ✓ pass         TIME');
  expect(lines[3]).toMatch(
    /^missing {2}required {2}✗ unavailable {2}TIME\s+127\.0\.0\.1:\d+ answered/,
  );
  expect(lines.join('\n')).toContain('error: 1 of 3 required models did not pass');
});

it('shows what is known at Ctrl-C', async () => {
  await using api = await modelApi({ quick: says('42'), stalled: () => {} });
  const args = ['validate-models', '-m', 'quick', 'stalled'];
  const { pty, shows, screen, exit } = onScreen(40, api.url, args);
  await shows('Asking 2 models, 1 finished');
  pty.write('\u0003');
  expect(await exit).toBe(130);
  expect(screen().map((line) => line.replaceAll(/\d+ ms|\d\.\d+ s/g, 'TIME'))).toEqual([
    'quick',
    '  required · ✓ pass · TIME',
    'stalled',
    '  required · - skipped',
    '  Interrupted',
  ]);
});
