import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize, stringify } from '../terminal/sanitize.ts';
import { type TestCase, testCasesOf } from './test-cases.ts';
import { isSlower, judgedFailureText, verdictText } from './verdict-text.ts';

/**
 * TAP version 14: a subtest for each model, a test point for each probe. An excused failure is
 * `# TODO`, TAP's directive for an expected failure.
 */
export function validationTap({ models }: JudgedReport): string {
  const lines = models.flatMap((model, index) => [
    ...subtest(model).map((line) => (line === '' ? line : `    ${line}`)),
    point(index + 1, model.model, model.outcome, directiveOf(model)),
    ...(model.outcome === 'failed' ? diagnostics(modelFacts(model)) : []),
  ]);
  return ['TAP version 14', `1..${models.length}`, ...lines, ''].join('\n');
}

function subtest(model: JudgedModel): string[] {
  const cases = testCasesOf(model);
  return [
    `# Subtest: ${safe(model.model)}`,
    `1..${cases.length}`,
    ...cases.flatMap((each, index) => [
      point(index + 1, each.name, each.result, each.message),
      ...(each.result === 'failed' ? diagnostics(caseFacts(each)) : []),
    ]),
  ];
}

function point(number: number, name: string, result: TestCase['result'], why: string): string {
  const ok = result === 'passed' || result === 'skipped' ? 'ok' : 'not ok';
  const keyword = result === 'skipped' ? 'SKIP' : 'TODO';
  const directive = result === 'passed' || result === 'failed' ? '' : ` # ${keyword} ${safe(why)}`;
  return `${ok} ${number} - ${safe(name)}${directive}`.trimEnd();
}

function directiveOf(model: JudgedModel): string {
  return model.excuse ?? judgedFailureText(model);
}

const modelFacts = (model: JudgedModel) => ({
  verdict: verdictText(model, isSlower(model)),
  message: judgedFailureText(model),
  duration_ms: model.duration_ms,
});

const caseFacts = ({ verdict, message, latency_ms }: TestCase) => ({
  verdict,
  message,
  duration_ms: latency_ms,
});

/** YAML, of which JSON's strings and numbers are a part. */
function diagnostics(facts: Record<string, string | number>): string[] {
  const lines = Object.entries(facts).map(([key, value]) => {
    return `  ${key}: ${stringify(typeof value === 'string' ? sanitize(value) : value)}`;
  });
  return ['  ---', ...lines, '  ...'];
}

/** In a description `#` begins a directive and `\` escapes. */
function safe(text: string): string {
  return sanitize(text.replaceAll(/\s+/g, ' ')).replaceAll(/[\\#]/g, String.raw`\$&`);
}
