import { PassThrough } from 'node:stream';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DisplayOptions, openDisplay } from '../../../src/commands/chat/display.ts';
import type { Context } from '../../../src/commands/context.ts';
import { parseChunk } from '../../../src/core/chat/chunk.ts';
import { createEventStreamParser } from '../../../src/core/chat/sse.ts';

const OPTIONS: DisplayOptions = {
  format: 'text',
  sanitize: false,
  stream: true,
  hide_reasoning: false,
  unfence: false,
  extract: false,
  markdown: false,
  output: undefined,
};

/** What a terminal shows, and what it was made to do besides. */
interface Shown {
  lines: string[];
  deeds: string[];
  /** All that was written to it. */
  raw: string;
}

/** Runs the bytes of an event stream, cut at these places, through the program to a terminal. */
async function show(stream: Buffer, cuts: number[], options = OPTIONS): Promise<Shown> {
  return emulate(await written(stream, cuts, options));
}

async function written(stream: Buffer, cuts: number[], options = OPTIONS): Promise<string> {
  const parts: Buffer[] = [];
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
  stdout.on('data', (part: Buffer) => parts.push(part));
  const terminal = { stdin: new PassThrough(), stdout, stderr: stdout, env: { TERM: 'xterm' } };
  const context = { terminal, signal: new AbortController().signal } as unknown as Context;
  const display = await openDisplay(context, options);
  const parser = createEventStreamParser('host');
  const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
  for (const [index, place] of places.entries()) {
    for (const event of parser.push(stream.subarray(place, places[index + 1]))) {
      const { content, reasoning } = parseChunk(event, 'host');
      if (reasoning !== '') await display.delta({ type: 'reasoning', text: reasoning });
      if (content !== '') await display.delta({ type: 'content', text: content });
    }
  }
  await display.end(true);
  return Buffer.concat(parts).toString();
}

async function emulate(raw: string): Promise<Shown> {
  const terminal = new xterm.Terminal({ cols: 60, rows: 200, allowProposedApi: true });
  const deeds: string[] = [];
  const note = (deed: string) => () => {
    deeds.push(deed);
    return true;
  };
  for (const id of [0, 1, 2, 4, 7, 8, 9, 10, 11, 50, 52, 133, 777, 1337]) {
    terminal.parser.registerOscHandler(id, note(`OSC ${id}`));
  }
  for (const final of 'ABCDEFGHIJKLMPSTXZ@`abcdefghinpqrstux') {
    terminal.parser.registerCsiHandler({ final }, note(`CSI ${final}`));
    terminal.parser.registerCsiHandler({ prefix: '?', final }, note(`CSI ? ${final}`));
  }
  terminal.parser.registerEscHandler({ final: 'c' }, note('reset'));
  terminal.parser.registerDcsHandler({ final: 'q' }, note('DCS q'));
  terminal.onBell(note('bell'));
  await new Promise<void>((resolve) => {
    terminal.write(`${raw.replaceAll('\n', '\r\n')}@`, resolve);
  });
  const { active } = terminal.buffer;
  const last = active.getLine(active.cursorY)?.getCell(active.cursorX - 1);
  if (last?.getChars() !== '@' || active.cursorX !== 1) deeds.push('moved the cursor');
  if (last?.isAttributeDefault() !== true) deeds.push('left a colour');
  const lines = Array.from({ length: active.cursorY }, (_, row) => {
    return active.getLine(row)?.translateToString(true) ?? '';
  });
  return { lines, deeds, raw };
}

const HOSTILE = [
  '\u001B]0;title\u0007',
  '\u001B]52;c;ZXZpbA==\u001B\\',
  '\u001B[2J',
  '\u001B[10;10H',
  '\u001B[31m',
  '\u001B[?25l',
  '\u009B1A',
  '\u009D2;title\u009C',
  '\u001BPq#0\u001B\\',
  '\u001Bc',
  '\u0007',
  '\b\b',
  '\r',
  '\u001B',
  '&#27;[31m',
  '&#x1b;]0;title&#7;',
  '[x](https://a.example/\u001B[31m)',
];
const HARMLESS = [
  'word ',
  '日本語',
  '👩‍👩‍👧',
  'é',
  'مرحبا',
  '\n',
  '\n\n',
  '**b**',
  '`c`',
  '```\n',
  '- ',
  '# ',
  '| a |',
];

const text = fc
  .array(fc.constantFrom(...HOSTILE, ...HARMLESS), { maxLength: 12 })
  .map((parts) => parts.join(''));
const cuts = fc.array(fc.nat(1000), { maxLength: 20 });

/** The same text in deltas of random size, in turn as reasoning and as content. */
const stream = fc
  .tuple(text, fc.array(fc.nat(12), { minLength: 1, maxLength: 12 }))
  .map(([whole, sizes]) => {
    const events: string[] = [];
    for (let at = 0, turn = 0; at < whole.length; turn += 1) {
      const size = 1 + (sizes[turn % sizes.length] ?? 0);
      const piece = whole.slice(at, at + size);
      const delta = turn < 3 ? { reasoning: piece } : { content: piece };
      events.push(`data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`);
      at += size;
    }
    return Buffer.from(events.join(''));
  });

describe.each([
  ['plain', OPTIONS],
  ['laid out', { ...OPTIONS, markdown: true }],
  ['of code only', { ...OPTIONS, extract: true }],
])('an answer, %s', (_, options) => {
  test('an answer cannot control the terminal, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(stream, cuts, async (bytes, places) => {
        const within = places.filter((place) => place < bytes.length);
        expect((await show(bytes, within, options)).deeds).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

test('a hostile answer looks the same for every cut of its bytes', async () => {
  const content = `a${HOSTILE.slice(0, 10).join('b')}日👩‍👩‍👧z`;
  const bytes = Buffer.from(
    [...content]
      .map((piece) => `data: ${JSON.stringify({ choices: [{ delta: { content: piece } }] })}\n\n`)
      .join(''),
  );
  const whole = await show(bytes, []);
  expect(whole.deeds).toEqual([]);
  expect(whole.lines).toEqual(['abbbbbbbbb日👩‍👩‍👧z']);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    expect(await written(bytes, [cut])).toBe(whole.raw);
  }
});

test('only the reasoning is dimmed', async () => {
  const bytes = Buffer.from(
    'data: {"choices":[{"delta":{"reasoning":"hm"}}]}\n\ndata: {"choices":[{"delta":{"content":"a"}}]}\n\n',
  );
  const { raw, lines } = await show(bytes, []);
  expect(raw).toMatch(/^\u001B\[2mhm\u001B\[22m\n(\u001B\[2m\u001B\[22m)?a\n$/);
  expect(lines).toEqual(['hm', 'a']);
});
