import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize, stringify } from '../terminal/sanitize.ts';
import { type TestCase, testCasesOf } from './test-cases.ts';
import { isSlower, judgedFailureText, verdictText } from './verdict-text.ts';

/**
 * TAP version 14: a subtest for each model, a test point for each probe. An excused failure is
 * `# TODO`, TAP's directive for an expected failure.
 */
export function validationTap({ models, seed, stopped_by, error }: JudgedReport): string {
  const lines = models.flatMap((model, index) => [
    ...subtest(model).map((line) => (line === '' ? line : `    ${line}`)),
    point(index + 1, model.model, model.outcome, directiveOf(model)),
    ...(model.outcome === 'failed' ? diagnostics(modelFacts(model)) : []),
  ]);
  const stopped = stopped_by === 'error' ? [`Bail out! ${safe(error?.message ?? '')}`] : [];
  const head = ['TAP version 14', `# seed ${safe(seed)}`, `1..${models.length}`];
  return [...head, ...lines, ...stopped, ''].join('\n');
}

function subtest(model: JudgedModel): string[] {
  const cases = testCasesOf(model);
  return [
    `# Subtest: ${safe(model.model)}`,
    `1..${cases.length}`,
    ...cases.flatMap((each, index) => [
      point(index + 1, each.name, each.result, each.message),
      ...(hasFindings(each) ? diagnostics(caseFacts(each)) : []),
    ]),
  ];
}

/** A pass with a warning has its diagnostics too. */
function hasFindings({ result, findings }: TestCase): boolean {
  return result === 'failed' || (result === 'passed' && findings.length > 0);
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

const caseFacts = ({ verdict, message, findings, latency_ms }: TestCase) => ({
  verdict,
  message,
  ...(findings.length > 0 ? { findings } : {}),
  duration_ms: latency_ms,
});

/** YAML, of which JSON's strings, numbers and arrays are a part. */
function diagnostics(facts: Record<string, string | number | string[]>): string[] {
  const clean = (value: string | number) => (typeof value === 'string' ? sanitize(value) : value);
  const lines = Object.entries(facts).map(([key, value]) => {
    return `  ${key}: ${stringify(Array.isArray(value) ? value.map(clean) : clean(value))}`;
  });
  return ['  ---', ...lines, '  ...'];
}

/** In a description `#` begins a directive and `\` escapes. */
function safe(text: string): string {
  return sanitize(text.replaceAll(/\s+/g, ' ')).replaceAll(/[\\#]/g, String.raw`\$&`);
}
