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

  it('has a table of models, the worst first', () => {
    const report = judged([passed('a'), failed('b', 'unavailable', 'There is no b', false)]);
    expect(rowsOf(validationMarkdown(report))).toEqual([
      '| Model | Need | Verdict | Latency | First token | Why |',
      '| --- | --- | --- | --- | --- | --- |',
      '| `b` | optional | ⚠️ unavailable | 31 ms |  | `There is no b` |',
      '| `a` | required | ✅ pass | 812 ms | 301 ms |  |',
    ]);
  });

  it('has the matrix of the probes when there are several', () => {
    const rows = rowsOf(validationMarkdown(variety()));
    expect(rows.slice(8, 11)).toEqual([
      '| Model | chat | json | vision |',
      '| --- | --- | --- | --- |',
      '| `liar` | ✅ pass | ❌ fail | ❌ error |',
    ]);
  });

  it('shows the worst models that fit into a limit, and counts the others', () => {
    const many = Array.from({ length: 400 }, (_, index) => passed(`modèle-${index}`));
    const report = judged([...many, failed('last', 'fail', 'Wrong'.repeat(1000))]);
    const text = validationMarkdown(report, 20_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(19_500);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
    const rows = rowsOf(text);
    expect(rows[2]).toContain('`last`');
    expect(text).toContain(`${401 - (rows.length - 2)} of 401 models are not shown here`);
    expect(validationMarkdown(report, 100)).toBe('');
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
