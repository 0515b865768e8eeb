import type { JudgedModel } from '../core/validation/judge.ts';
import type { ProbeReport, Verdict } from '../core/validation/report.ts';
import {
  checkFindings,
  isFailure,
  notesOf,
  oneLine,
  verdictText,
  wasAsked,
} from './verdict-text.ts';

/** One probe of one model, as a test case of JUnit or TAP. */
export interface TestCase {
  name: string;
  /** `excused`: did not pass, but does not count. */
  result: 'passed' | 'failed' | 'excused' | 'skipped';
  verdict: Verdict;
  /** Passed, but an attempt before did not. */
  flaky: boolean;
  /** Why it is not a plain pass, in one line. */
  message: string;
  /** What its checks found, the worst first. */
  findings: string[];
  latency_ms: number;
  first_token_ms: number | undefined;
}

/** The name of a test case that belongs to no probe, by the verdict of the model. */
const EXTRA: Partial<Record<Verdict, string>> = {
  pass: 'baseline',
  warn: 'baseline',
  skipped: 'complete',
  gone: 'listed',
  not_asked: 'asked',
};

/** One test case for each probe, and one more for a model that fails although no probe does. */
export function testCasesOf(model: JudgedModel): TestCase[] {
  const cases = model.probes.map((probe) => probeCase(probe, model));
  if (cases.some(({ result }) => result === 'failed' || result === 'excused')) return cases;
  if (model.outcome !== 'failed' && model.outcome !== 'excused') return cases;
  const { outcome: result, latency_ms, first_token_ms } = model;
  const name = EXTRA[model.verdict] ?? 'limits';
  const message = oneLine([model.reason, ...notesOf(model)].filter(Boolean).join('; '));
  return [
    ...cases,
    {
      name,
      result,
      verdict: 'fail',
      flaky: false,
      message,
      findings: [],
      latency_ms,
      first_token_ms,
    },
  ];
}

function probeCase(probe: ProbeReport, model: JudgedModel): TestCase {
  const { probe: name, verdict, flaky, reason, latency_ms, first_token_ms } = probe;
  const findings = checkFindings(probe.checks);
  const facts = { name, verdict, flaky, findings, latency_ms, first_token_ms };
  const said = oneLine(
    reason === undefined ? verdictText(probe) : `${verdictText(probe)}: ${reason}`,
  );
  if (!isFailure(probe) && !(verdict === 'warn' && isStrict(model))) {
    if (verdict === 'pass' || verdict === 'warn') {
      return { ...facts, result: 'passed', message: flaky || reason !== undefined ? said : '' };
    }
    return {
      ...facts,
      result: 'skipped',
      message: wasAsked(probe) ? said : oneLine(reason ?? said),
    };
  }
  if (model.outcome === 'failed') return { ...facts, result: 'failed', message: said };
  return { ...facts, result: 'excused', message: `${model.excuse ?? 'excused'}; ${said}` };
}

/** Whether a model fails because of its warnings, and not because it got slower. */
function isStrict({ verdict, outcome, baseline }: JudgedModel): boolean {
  return verdict === 'warn' && outcome !== 'passed' && baseline?.change !== 'worse';
}
