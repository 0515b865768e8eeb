import { setTimeout as wait } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { endless } from '../helpers/endless.ts';
import { onTerminal, type OnTerminal, type TerminalOptions } from '../helpers/pty.ts';
import { choices, content, recordingApi, STOP } from '../helpers/recording-api.ts';
import { MAIN } from '../helpers/program.ts';

const SIZES = [20, 40, 80, 200];

/** The logical lines on a screen: what the terminal wrapped by itself is joined again. */
async function logicalLines(screen: OnTerminal): Promise<string[]> {
  await screen.screen();
  const { active } = screen.terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row);
    if (line?.isWrapped === true) lines.push((lines.pop() ?? '') + line.translateToString(true));
    else lines.push(line?.translateToString(true) ?? '');
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

async function chatOn(
  answer: Parameters<typeof recordingApi>[0],
  args: string[] = [],
  options: Partial<TerminalOptions> = {},
) {
  const api = await recordingApi(answer);
  onTestFinished(() => api[Symbol.asyncDispose]());
  const env = { ...api.env, HOME: '/nonexistent', ...options.env };
  const screen = onTerminal(['chat', '-p', 'x', ...args], { ...options, env });
  return { api, screen };
}

describe('on a terminal', () => {
  test('on a terminal the answer is streamed, unless --no-stream is given', async () => {
    const { api, screen } = await chatOn(choices(content('a'), STOP));
    expect(await screen.exit).toBe(0);
    expect(api.asked).toMatchObject([{ stream: true }]);
    const other = await chatOn(choices(content('a'), STOP), ['--no-stream']);
    expect(await other.screen.exit).toBe(0);
    expect(other.api.asked).toMatchObject([{ stream: false }]);
  });

  test('on a terminal reasoning is dimmed and ends before the answer begins', async () => {
    const { screen } = await chatOn(
      choices({ delta: { reasoning_content: 'hm' } }, content('yes'), STOP),
    );
    await screen.exit;
    expect(await screen.screen()).toEqual(['hm', 'yes']);
    const { active } = screen.terminal.buffer;
    const dim = [0, 1].map((row) => active.getLine(row)?.getCell(0)?.isDim());
    expect(dim).toEqual([expect.any(Number), 0]);
    expect(dim[0]).not.toBe(0);
  });

  test('on a terminal reasoning has no color with NO_COLOR', async () => {
    const { screen } = await chatOn(
      choices({ delta: { reasoning_content: 'hm' } }, content('yes'), STOP),
      [],
      { env: { NO_COLOR: '' } },
    );
    await screen.exit;
    expect(screen.raw()).toBe('hm\r\nyes\r\n');
  });

  test('a hostile answer that arrives byte by byte is shown as text', async () => {
    const hostile = '\u001B]0;title\u0007a\u001B]52;c;eA==\u001B\\b\u001B[2J\u001B[31mc\u009B5Cd';
    const event = `data: ${JSON.stringify({ choices: [content(hostile)] })}\n\ndata: [DONE]\n\n`;
    const { screen } = await chatOn((response) => {
      void (async () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const byte of Buffer.from(event)) {
          response.write(Buffer.of(byte));
          await wait(0);
        }
        response.end();
      })();
    });
    expect(await screen.exit).toBe(0);
    expect(screen.raw()).toBe('abcd\r\n');
  });

  test.each(SIZES)('a terminal of %i columns shows the whole answer', async (columns) => {
    const lines = [
      'word '.repeat(60).trimEnd(),
      '日本語のテキスト'.repeat(15),
      '😀🎉'.repeat(30),
      'שלום עולם مرحبا بالعالم '.repeat(8).trimEnd(),
      'x'.repeat(columns),
      'x'.repeat(columns + 1),
    ];
    const pieces = [...lines.join('\n')].map((character) => content(character));
    const { screen } = await chatOn(choices(...pieces, STOP), ['--raw'], { columns });
    expect(await screen.exit).toBe(0);
    const shown = await logicalLines(screen);
    // Wrapped at words, and only there.
    expect(shown.join('').replaceAll(/\s/g, '')).toBe(lines.join('').replaceAll(/\s/g, ''));
    expect(shown[0]).toMatch(/^word( word)*$/);
  });
});

describe('Markdown on a terminal', () => {
  const text = [
    '# A title',
    'Some **bold** words, 日本語のテキスト and 👩‍👩‍👧, as long as it takes to fill some lines.',
    '',
    '- one with `code`',
    '- two, which goes on and on until it has to be folded somewhere',
    '',
    '| name | meaning |',
    '|---|--:|',
    '| 日本 | a country with a long explanation beside it |',
    '',
    '```js',
    'const a = 1;',
    '```',
    'The end.',
  ].join('\n');
  const markdown = choices(...[...text].map((character) => content(character)), STOP);

  test.each(SIZES)('Markdown fits into %i columns', async (columns) => {
    const { screen } = await chatOn(markdown, [], { columns });
    expect(await screen.exit).toBe(0);
    const rows = await screen.screen();
    const { active } = screen.terminal.buffer;
    const wrapped = rows.filter((_, row) => active.getLine(row)?.isWrapped === true);
    expect(wrapped).toEqual([]);
    expect(rows.join('\n')).not.toMatch(/\*\*|```|\|/);
    expect(rows).toContain('# A title');
    expect(rows).toContain('  const a = 1;');
    expect(rows.at(-1)).toBe('The end.');
  });

  test('Markdown is rendered block by block', async () => {
    const { screen } = await chatOn(markdown, ['--markdown'], { columns: 40 });
    await screen.exit;
    expect(await screen.screen()).toEqual([
      '# A title',
      'Some bold words, 日本語のテキスト and',
      '👩‍👩‍👧, as long as it takes to fill some',
      'lines.',
      '',
      '• one with code',
      '• two, which goes on and on until it',
      '  has to be folded somewhere',
      '',
      'name │                          meaning',
      '─────┼─────────────────────────────────',
      '日本 │            a country with a long',
      '     │            explanation beside it',
      '',
      '  const a = 1;',
      '',
      'The end.',
    ]);
  });
});

describe('the end', () => {
  test('Ctrl-C ends chat at once with exit code 130 and a restored terminal', async () => {
    await using server = await endless();
    const screen = onTerminal(['chat', '-p', 'x'], {
      env: { ...server.env, HOME: '/nonexistent' },
    });
    await screen.seen(/and on/);
    screen.type('\u0003');
    expect(await screen.exit).toBe(130);
    await server.closed;
    expect(screen.raw()).not.toContain('\u001B[');
  });

  test('a closed terminal stops the request', async () => {
    await using server = await endless();
    const child = pty.spawn(process.execPath, [MAIN, 'chat', '-p', 'x'], {
      env: { PATH: process.env.PATH, ...server.env },
    });
    const ended = new Promise((resolve) => child.onExit(resolve));
    await new Promise<void>((resolve) => {
      child.onData(() => resolve());
    });
    (child as unknown as { destroy(): void }).destroy();
    await server.closed;
    await ended;
  });
});
