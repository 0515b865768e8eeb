import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize } from '../terminal/sanitize.ts';
import { type TestCase, testCasesOf } from './test-cases.ts';

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
  const suites = report.models.map((model, id) => suite(model, { id, timestamp, host }));
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
}

function suite(model: JudgedModel, { id, timestamp, host }: Setting): string[] {
  const cases = testCasesOf(model);
  const count = (element: Element) => cases.filter((each) => elementOf(each) === element).length;
  const head = attributes({
    name: model.model,
    package: 'qwen-demo',
    id,
    hostname: host,
    timestamp,
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(model.duration_ms),
  });
  const output = cases.flatMap(({ name, result, message }) =>
    result === 'passed' && message !== '' ? [`${name}: ${message}`] : [],
  );
  return [
    `  <testsuite ${head}>`,
    '    <properties>',
    `      <property ${attributes({ name: 'required', value: model.required })}/>`,
    `      <property ${attributes({ name: 'verdict', value: model.verdict })}/>`,
    '    </properties>',
    ...cases.flatMap((each) => testcase(model.model, each)),
    `    <system-out>${escape(output.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

type Element = 'failure' | 'error' | 'skipped' | undefined;

/** A wrong answer is a failure; no answer is an error. */
function elementOf({ result, verdict }: TestCase): Element {
  if (result === 'passed') return undefined;
  if (result !== 'failed') return 'skipped';
  return verdict === 'fail' ? 'failure' : 'error';
}

function testcase(model: string, each: TestCase): string[] {
  const { message, verdict } = each;
  const head = attributes({ classname: model, name: each.name, time: seconds(each.latency_ms) });
  const element = elementOf(each);
  const said = escape(message);
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
