import type { CheckReport, CheckVerdict } from './report.ts';

/** Records what the checks of a probe find. A check is named by its stable id. */
export interface Checks {
  pass(check: string): void;
  /** Wrong. `reason` says what was asked, what came and what is right, in a sentence. */
  fail(check: string, reason: string): void;
  /** Works with this program, but breaks other clients. */
  warn(check: string, reason: string): void;
  /** The server says that it cannot do this. */
  unsupported(check: string, reason: string): void;
  /** Fails with `reason`, or passes without one. */
  judge(check: string, reason: string | undefined): void;
}

/** {@link Checks} with what they found. */
export interface RecordedChecks extends Checks {
  /** In the order in which the checks were first made. */
  reports(): CheckReport[];
}

/** Begins a record. */
export function createChecks(): RecordedChecks {
  const made: CheckReport[] = [];
  const record = (verdict: CheckVerdict) => (check: string, reason?: string) => {
    made.push({ check, verdict, reason, count: 1, passed: verdict === 'pass' ? 1 : 0 });
  };
  const [pass, fail, warn, unsupported] = (['pass', 'fail', 'warn', 'unsupported'] as const).map(
    record,
  ) as [Checks['pass'], Checks['fail'], Checks['warn'], Checks['unsupported']];
  return {
    pass,
    fail,
    warn,
    unsupported,
    judge: (check, reason) => (reason === undefined ? pass(check) : fail(check, reason)),
    reports: () => mergeChecks(made),
  };
}

/** From the best to the worst. */
const SEVERITY: readonly CheckVerdict[] = ['pass', 'warn', 'unsupported', 'fail'];

const isWorse = (a: CheckVerdict, b: CheckVerdict) => SEVERITY.indexOf(a) > SEVERITY.indexOf(b);

/** One report for each check: the worst verdict, its first reason, and how often it passed. */
export function mergeChecks(reports: readonly CheckReport[]): CheckReport[] {
  const merged = new Map<string, CheckReport>();
  for (const report of reports) {
    const before = merged.get(report.check);
    if (before === undefined) {
      merged.set(report.check, { ...report });
      continue;
    }
    before.count += report.count;
    before.passed += report.passed;
    if (isWorse(report.verdict, before.verdict)) {
      before.verdict = report.verdict;
      before.reason = report.reason;
    }
  }
  return [...merged.values()];
}

/**
 * The worst check; `pass` if there is none. What the server refused of a request (`dialect/...`) was
 * left out, and the question was answered without it. A server that only streams breaks the clients
 * that do not.
 */
export function worstOf(checks: readonly CheckReport[]): {
  verdict: CheckVerdict;
  reason: string | undefined;
} {
  let worst: { verdict: CheckVerdict; reason: string | undefined } = {
    verdict: 'pass',
    reason: undefined,
  };
  for (const { check, verdict, reason } of checks) {
    if (check.startsWith('dialect/')) continue;
    const counted = check === 'modes/whole' && verdict === 'unsupported' ? 'warn' : verdict;
    if (isWorse(counted, worst.verdict)) worst = { verdict: counted, reason };
  }
  return worst;
}
