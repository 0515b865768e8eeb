import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize } from '../terminal/sanitize.ts';
import { type TestCase, testCasesOf } from './test-cases.ts';
import { oneLine, servedText } from './verdict-text.ts';

/**
 * JUnit's XML: a suite a model, a case a probe. What does not count is skipped with its reason, so
 * that a consumer is as green as the exit code. Valid by both schemas that are in use, that of
 * Jenkins (junit-10.xsd) and that of Ant (JUnit.xsd), which asks for `package`, `id`, `hostname`, a
 * time without zone, and for empty elements. Reasons are attributes for Jenkins, and text for GitLab.
 * Only Jenkins' schema knows Maven's `flakyFailure`, a failed attempt of a case that passed later; a
 * consumer that does not know it sees a case that passed.
 */
export function validationJunit(report: JudgedReport): string {
  const timestamp = new Date(report.started_at).toISOString().slice(0, 19);
  const { host } = new URL(report.endpoint);
  const setting = { timestamp, host, seed: report.seed };
  const suites = report.models.map((model, id) => suite(model, { ...setting, id }));
  if (report.stopped_by === 'error') {
    suites.push(runSuite(report, { ...setting, id: suites.length }));
  }
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flat(),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

interface Setting {
  id: number;
  timestamp: string;
  host: string;
  seed: string;
}

function suite(model: JudgedModel, setting: Setting): string[] {
  const properties = {
    required: model.required,
    verdict: model.verdict,
    served: servedText(model),
    seed: setting.seed,
  };
  return suiteOf(model.model, testCasesOf(model), properties, model.duration_ms, setting);
}

/** The error of a run that could ask nothing: every model is skipped, and the run is not green. */
function runSuite({ error, duration_ms }: JudgedReport, setting: Setting): string[] {
  const failed: TestCase = {
    name: 'run',
    result: 'failed',
    verdict: 'error',
    flaky: false,
    message: oneLine(error?.message ?? ''),
    findings: [],
    latency_ms: duration_ms,
    first_token_ms: undefined,
  };
  const properties = { code: error?.code ?? '', seed: setting.seed };
  return suiteOf('validate-models', [failed], properties, duration_ms, setting);
}

function suiteOf(
  name: string,
  cases: readonly TestCase[],
  properties: Record<string, string | boolean>,
  duration_ms: number,
  { id, timestamp, host }: Setting,
): string[] {
  const count = (element: Element) => cases.filter((each) => elementOf(each) === element).length;
  const head = attributes({
    name,
    package: 'qwen-demo',
    id,
    hostname: host,
    timestamp,
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(duration_ms),
  });
  const output = cases.flatMap((each) =>
    each.result === 'passed' && each.message !== '' ? detailsOf(each) : [],
  );
  return [
    `  <testsuite ${head}>`,
    '    <properties>',
    ...Object.entries(properties)
      .filter(([, value]) => value !== '')
      .map(([key, value]) => `      <property ${attributes({ name: key, value })}/>`),
    '    </properties>',
    ...cases.flatMap((each) => testcase(name, each)),
    `    <system-out>${escape(output.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

/** What the checks found, one line each; without checks what the case says of itself. */
function detailsOf({ name, message, findings }: TestCase): string[] {
  return findings.length > 0 ? findings : [`${name}: ${message}`];
}

type Element = 'failure' | 'error' | 'skipped' | undefined;

const ANSWERED: ReadonlySet<TestCase['verdict']> = new Set(['fail', 'warn', 'unsupported']);

/** A wrong answer is a failure; no answer is an error. */
function elementOf({ result, verdict }: TestCase): Element {
  if (result === 'passed') return undefined;
  if (result !== 'failed') return 'skipped';
  return ANSWERED.has(verdict) ? 'failure' : 'error';
}

function testcase(model: string, each: TestCase): string[] {
  const { message, verdict } = each;
  const head = attributes({ classname: model, name: each.name, time: seconds(each.latency_ms) });
  const element = elementOf(each);
  const said = escape(element === 'skipped' ? message : [message, ...each.findings].join('\n'));
  if (element === undefined && !each.flaky) return [`    <testcase ${head}/>`];
  const body =
    element === undefined
      ? `<flakyFailure ${attributes({ message, type: 'flaky' })}><stackTrace>${said}</stackTrace></flakyFailure>`
      : `<${element} ${attributes(element === 'skipped' ? { message } : { message, type: verdict })}>${said}</${element}>`;
  return [`    <testcase ${head}>`, `      ${body}`, '    </testcase>'];
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

function attributes(values: Record<string, string | number | boolean>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value))}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 §2.2 has no place for U+FFFE and U+FFFF, nor for what `sanitize` takes out anyway. */
function escape(text: string): string {
  return sanitize(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
