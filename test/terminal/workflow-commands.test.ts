import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from '../../src/terminal/sanitize.ts';
import {
  createCommandFilter,
  guardOutputs,
  unguarded,
} from '../../src/terminal/workflow-commands.ts';

/** What the runner obeys in a log: actions/runner, ActionCommand.cs, whatever the command is called. */
function commandsIn(log: string): string[] {
  return log
    .split(/\r\n|\r|\n/)
    .filter((line) => /^[\s\u0085]*::/.test(line) || line.includes('##['));
}

describe('no piece of text makes a workflow command', () => {
  test.each([
    '::error::x',
    'a\n::set-env name=x::y',
    '  ::warning::x',
    '\u0085\u00a0\u3000\ufeff\t::notice::x',
    'a\r::stop-commands::x',
    'a\r\n\n\r ::add-mask::x',
    ':::error::x',
    ': ::error::x',
    'a ##[error]b',
    '###[group]x',
    '##[##[debug]x',
  ])('%j', (text) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const filter = createCommandFilter();
      const shown = filter.write(text.slice(0, cut)) + filter.write(text.slice(cut));
      expect(commandsIn(shown)).toEqual([]);
      expect(shown.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });

  test('of two outputs that go to the same pipe', () => {
    const pieces = fc.array(fc.tuple(fc.boolean(), fc.stringMatching(/^[:#[\] \n\ra]{0,6}$/)), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (writes) => {
        const [one, two] = [new PassThrough(), new PassThrough()];
        const outputs = [one, two].map(() => '');
        let both = '';
        for (const [index, stream] of [one, two].entries()) {
          stream.on('data', (text: Buffer) => {
            outputs[index] += text.toString();
            both += text.toString();
          });
        }
        guardOutputs([one, two]);
        for (const [first, text] of writes) (first ? one : two).write(text);
        for (const log of [both, ...outputs]) expect(commandsIn(log)).toEqual([]);
      }),
      { numRuns: 300, seed: 14 },
    );
  });
});

test.each(['error: std::string, [::1]:80\n  hint: a:b', '## [x]\n# #[y]\n: :z', '[1/2] ok\n'])(
  'other colons and brackets stay as they are: %j',
  (text) => {
    expect(createCommandFilter().write(text)).toBe(text);
  },
);

test('JSON has the same value and no workflow command', () => {
  const value = { '##[group]': ['::error::x\n::error::y', '###[debug]z'] };
  for (const text of [stringify(value), stringify(value, 2)]) {
    expect(commandsIn(text)).toEqual([]);
    expect(JSON.parse(text)).toEqual(value);
  }
});

test('commands of our own pass beside the guard', () => {
  const stream = new PassThrough();
  guardOutputs([stream]);
  unguarded(stream).write('::error::ours\n');
  stream.write('::error::theirs\n');
  // Node 26 gives one piece at a time.
  let shown = '';
  for (let part: unknown = stream.read(); part !== null; part = stream.read()) {
    shown += String(part);
  }
  expect(shown).toBe('::error::ours\n: :error::theirs\n');
});
