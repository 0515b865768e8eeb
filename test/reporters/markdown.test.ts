import { describe, expect, it } from 'vitest';
import { validationMarkdown } from '../../src/reporters/markdown.ts';
import { failed, judged, passed, variety } from '../helpers/validation-report.ts';

const rowsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('|'));

describe('the Markdown report', () => {
  it('begins with the result', () => {
    expect(validationMarkdown(variety())).toMatch(
      /^## Models: 2 of 5 required models failed, 1 required not fully tested\n/,
    );
    expect(validationMarkdown(judged([passed('a')]))).toMatch(/^## Models: 1 of 1 models passed\n/);
  });

  it('has a table of models', () => {
    const report = judged([passed('a'), failed('b', 'unavailable', 'There is no b', false)]);
    expect(rowsOf(validationMarkdown(report))).toEqual([
      '| Model | Need | Verdict | Latency | First token | Why |',
      '| --- | --- | --- | --- | --- | --- |',
      '| `a` | required | ✅ pass | 812 ms | 301 ms |  |',
      '| `b` | optional | ⚠️ unavailable | 31 ms |  | `There is no b` |',
    ]);
  });

  it('has the matrix of the probes when there are several', () => {
    const rows = rowsOf(validationMarkdown(variety()));
    expect(rows.slice(8, 12)).toEqual([
      '| Model | chat | json | vision |',
      '| --- | --- | --- | --- |',
      '| `qwen3-coder-plus` | ✅ pass | ✅ pass (flaky) | – |',
      '| `liar` | ✅ pass | ❌ fail | ❌ error |',
    ]);
  });

  it.each([
    ['<img src=x onerror=alert(1)> @everyone #1', '`<img src=x onerror=alert(1)> @everyone #1`'],
    ['a | b', String.raw`\`a \| b\``.replaceAll('\\`', '`')],
    ['a ``b`` c', '``` a ``b`` c ```'],
    ['`', '`` ` ``'],
    ['one\n\n# two', '`one # two`'],
    ['\u001b[31mred\u202e', String.raw`\`red\u{202e}\``.replaceAll('\\`', '`')],
  ])('quotes text of a server as code: %j', (words, cell) => {
    const row = rowsOf(validationMarkdown(judged([failed('b', 'fail', words)])))[2] ?? '';
    expect(row.endsWith(`| ${cell} |`), row).toBe(true);
  });
});
