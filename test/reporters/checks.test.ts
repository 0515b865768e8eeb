import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { validationHtml } from '../../src/reporters/html/page.ts';
import { githubAnnotations } from '../../src/reporters/github.ts';
import { validationJunit } from '../../src/reporters/junit.ts';
import { validationMarkdown } from '../../src/reporters/markdown.ts';
import { validationTable } from '../../src/reporters/table.ts';
import { validationTap } from '../../src/reporters/tap.ts';
import type { CheckReport, ProbeReport } from '../../src/core/validation/report.ts';
import { failed, jsonReport, judged, model, probe } from '../helpers/validation-report.ts';

const check = (name: string, more: Partial<CheckReport> = {}): CheckReport => ({
  check: name,
  verdict: 'pass',
  reason: undefined,
  count: 1,
  passed: more.verdict === undefined ? 1 : 0,
  ...more,
});

const tools = (verdict: ProbeReport['verdict'], checks: CheckReport[], demanded = true) =>
  probe('tools', {
    verdict,
    reason: checks.find((one) => one.verdict === verdict)?.reason,
    checks,
    demanded,
  });

const text = check('tools/arguments-are-a-string', {
  verdict: 'fail',
  reason: 'The arguments are an object, not a string',
  count: 4,
  passed: 3,
});
const usage = check('modes/usage', { verdict: 'warn', reason: 'No usage in the stream' });
const choice = check('tools/choice', { verdict: 'unsupported', reason: 'tool_choice is unknown' });

const models = [
  model('wrong', [probe('chat'), tools('fail', [check('tools/right-call'), usage, text])], {
    served: [{ model: 'wrong-2026-01', system_fingerprint: 'fp_7' }],
  }),
  model('odd', [probe('chat'), tools('warn', [usage])]),
  model('unable', [probe('chat'), tools('unsupported', [choice])]),
  model('plain', [probe('chat'), tools('unsupported', [choice], false)], {
    verdict: 'pass',
    reason: undefined,
  }),
  failed('away', 'gone', 'The endpoint does not list it any more'),
  failed('forgotten', 'not_asked', 'The probe tools did not run'),
];
const report = () => judged(models, {}, { probes: ['chat', 'tools'] });

const FOUND =
  'tools/arguments-are-a-string (3 of 4 passed): The arguments are an object, not a string';
const WARNED = 'modes/usage: warn: No usage in the stream';

describe('a report of checks', () => {
  it('names in the table what failed, or else the warnings', () => {
    const rows = validationTable(report()).rows.map((row) => row.map((cell) => cell.text));
    expect(rows.map(([name, , verdict, , reason]) => [name, verdict, reason])).toEqual([
      ['wrong', 'fail', `${FOUND} · ${WARNED}`],
      ['odd', 'warn', WARNED],
      ['unable', 'unsupported', 'tools/choice: unsupported: tool_choice is unknown'],
      ['plain', 'pass', 'tools/choice: unsupported: tool_choice is unknown'],
      ['away', 'gone', 'The endpoint does not list it any more'],
      ['forgotten', 'not asked', 'The probe tools did not run'],
    ]);
    const tones = validationTable(report()).rows.map(([, , cell]) => [cell?.glyph, cell?.tone]);
    expect(tones).toEqual([
      ['✗', 'bad'],
      ['!', 'warning'],
      ['✗', 'bad'],
      ['✓', 'good'],
      ['✗', 'bad'],
      ['✗', 'bad'],
    ]);
  });

  it('has errors and a warning for GitHub', () => {
    const titles = githubAnnotations(report()).match(/^::\w+ title=[^(]*/gm);
    expect(titles).toEqual([
      '::error title=away%3A gone ',
      '::error title=forgotten%3A not asked ',
      '::error title=wrong%3A fail ',
      '::error title=unable%3A unsupported ',
      '::warning title=odd%3A warn ',
    ]);
  });

  it('counts failures in JUnit, skips what nobody demanded, and shows warnings as output', () => {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });
    const suites = parser.parse(validationJunit(report())).testsuites.testsuite;
    const counts = suites.map((suite: Record<string, unknown>) => [
      suite.name,
      suite.failures,
      suite.errors,
      suite.skipped,
    ]);
    expect(counts).toEqual([
      ['wrong', '1', '0', '0'],
      ['odd', '0', '0', '0'],
      ['unable', '1', '0', '0'],
      ['plain', '0', '0', '1'],
      ['away', '0', '1', '0'],
      ['forgotten', '0', '1', '0'],
    ]);
    const [wrong, odd] = suites;
    expect(wrong.testcase[1].failure['#text'].split('\n').slice(1)).toEqual([FOUND, WARNED]);
    expect(wrong.properties.property).toContainEqual({
      name: 'served',
      value: 'wrong-2026-01 (fp_7)',
    });
    expect(odd['system-out']).toBe(WARNED);
  });

  it('has test points in TAP, with the findings of a warning too', () => {
    const lines = validationTap(report()).split('\n');
    const points = lines.filter((line) => /^(not )?ok/.test(line));
    expect(points).toEqual([
      'not ok 1 - wrong',
      'ok 2 - odd',
      'not ok 3 - unable',
      'ok 4 - plain',
      'not ok 5 - away',
      'not ok 6 - forgotten',
    ]);
    expect(lines).toContain(`      findings: ["${WARNED}"]`);
    expect(lines).toContain('    ok 2 - tools # SKIP unsupported: tool_choice is unknown');
  });

  it('has signs in Markdown, and the seed', () => {
    const lines = validationMarkdown(report()).split('\n');
    expect(lines[0]).toBe('## Models: 4 of 6 required models failed, 1 with warnings');
    expect(lines[2]).toContain('seed `1f2e3d4c`');
    expect(lines).toContain('| `odd` | ✅ pass | ⚠️ warn |');
    expect(lines).toContain('| `plain` | ✅ pass | ⚠️ unsupported |');
    expect(lines).toContain('| `wrong` | ✅ pass | ❌ fail |');
  });

  it('has every check with its rate in JSON', () => {
    const { seed, models: written } = JSON.parse(jsonReport(report()));
    expect(seed).toBe('1f2e3d4c');
    expect(written[0].probes[1].checks[2]).toEqual({ ...text });
  });

  it('names every check in HTML, and who answered', () => {
    const page = validationHtml(report()).replaceAll(/<[^>]*>/g, ' ');
    for (const words of [
      FOUND,
      WARNED,
      'tools/right-call',
      'served by wrong-2026-01 (fp_7)',
      '1 of 3 checks',
      '1f2e3d4c',
    ]) {
      expect(page).toContain(words);
    }
  });
});

it('--strict makes the warning of a model its failure in JUnit', () => {
  const strict = judged([models[1] ?? failed('a', 'fail', '')], { strict: true });
  const xml = validationJunit(strict);
  expect(xml).toContain('failures="1"');
  expect(xml).toContain('<failure message="warn: No usage in the stream" type="warn">');
});
