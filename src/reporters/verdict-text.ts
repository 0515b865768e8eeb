import type { JudgedModel, JudgedReport, Judgement } from '../core/validation/judge.ts';
import type { CheckReport, ModelReport, ProbeReport } from '../core/validation/report.ts';
import type { Cell } from '../terminal/table.ts';

/** The verdict of a model or of one of its probes. */
type Result = Pick<ProbeReport, 'verdict' | 'flaky'> & Partial<Pick<ProbeReport, 'demanded'>>;

/** A sign that distinguishes verdicts without color. */
export function glyphOf(result: Result, slower = false): string {
  if (isFailure(result) || slower) return '✗';
  if (!wasAsked(result)) return '-';
  return result.verdict === 'pass' ? '✓' : '!';
}

/** A verdict in words: `not claimed`, `pass (flaky)`. */
export function verdictText(result: Result, slower = false): string {
  const text = result.verdict.replaceAll('_', ' ');
  if (!PASSED.has(result.verdict)) return text;
  const notes = [slower ? 'slower' : '', result.flaky ? 'flaky' : ''].filter(Boolean);
  return notes.length === 0 ? text : `${text} (${notes.join(', ')})`;
}

type Verdict = ProbeReport['verdict'];

const PASSED: ReadonlySet<Verdict> = new Set(['pass', 'warn']);

/** No request was sent. */
const UNASKED: ReadonlySet<Verdict> = new Set(['skipped', 'not_claimed', 'gone', 'not_asked']);

/** Whether a probe or a model failed. What nobody demanded may be unsupported. */
export function isFailure({ verdict, demanded = true }: Omit<Result, 'flaky'>): boolean {
  if (verdict === 'unsupported') return demanded;
  return !PASSED.has(verdict) && verdict !== 'skipped' && verdict !== 'not_claimed';
}

/** The color of a probe; the sign and the words say the same. */
export function toneOf(probe: ProbeReport): 'bad' | 'warning' | 'good' | 'quiet' {
  if (isFailure(probe)) return 'bad';
  if (!wasAsked(probe)) return 'quiet';
  return probe.verdict === 'pass' && !probe.flaky ? 'good' : 'warning';
}

/** Every probe passed, but one took too much longer than in the baseline. */
export function isSlower({ verdict, baseline }: JudgedModel): boolean {
  return PASSED.has(verdict) && baseline?.change === 'worse';
}

/** The verdict of a model that is not judged yet. */
export function verdictCell(model: ModelReport): Cell {
  const cell = { text: verdictText(model), glyph: glyphOf(model) };
  if (isFailure(model)) return { ...cell, tone: model.required ? 'bad' : 'warning' };
  if (!wasAsked(model)) return { ...cell, tone: 'quiet' };
  return { ...cell, tone: isPlainPass(model) ? 'good' : 'warning' };
}

/** The verdict of a judged model: an excused failure is a warning. */
export function judgedVerdictCell(model: JudgedModel): Cell {
  const slower = isSlower(model);
  const cell = { text: verdictText(model, slower), glyph: glyphOf(model, slower) };
  if (model.outcome === 'skipped') return { ...cell, tone: 'quiet' };
  if (model.outcome === 'failed')
    return { ...cell, tone: isFailure(model) || wasAsked(model) ? 'bad' : 'quiet' };
  return {
    ...cell,
    tone: model.outcome === 'passed' && isPlainPass(model) ? 'good' : 'warning',
  };
}

function isPlainPass({ verdict, flaky }: Result): boolean {
  return verdict === 'pass' && !flaky;
}

/** `required` or `optional`. */
export function requirement({ required }: ModelReport): string {
  return required ? 'required' : 'optional';
}

/** Whether a request was sent, so that there are figures to show. */
export function wasAsked({ verdict }: Pick<ProbeReport, 'verdict'>): boolean {
  return !UNASKED.has(verdict);
}

/** What the checks found, the worst first: `tools/right-call (1 of 2 passed): Called ...`. */
export function checkFindings(checks: readonly CheckReport[]): string[] {
  return checks
    .filter(({ verdict }) => verdict !== 'pass')
    .toSorted((a, b) => SEVERITY.indexOf(a.verdict) - SEVERITY.indexOf(b.verdict))
    .map((check) =>
      oneLine(`${check.check}${rateOf(check)}: ${markOf(check)}${check.reason ?? ''}`),
    );
}

/**
 * What a probe found: before its checks the reason of the probe, where there was no answer and so no
 * check.
 */
export function findingsOf({ probe, verdict, reason, checks }: ProbeReport): string[] {
  const explained = verdict === 'pass' || checks.some((check) => check.verdict === verdict);
  const own = explained ? [] : [oneLine(`${probe}: ${reason ?? verdict}`)];
  return [...own, ...checkFindings(checks)];
}

const SEVERITY: readonly CheckReport['verdict'][] = ['fail', 'unsupported', 'warn', 'pass'];

/** How many times a check passed, when it was made several times with different results. */
function rateOf({ count, passed }: CheckReport): string {
  return count > 1 && passed > 0 ? ` (${passed} of ${count} passed)` : '';
}

/** What distinguishes a finding from a failure. */
function markOf({ verdict }: CheckReport): string {
  return verdict === 'fail' ? '' : `${verdict}: `;
}

/** What every probe that failed found; of a model without failures, the warnings. In one line. */
export function failureText({ probes, reason, verdict }: ModelReport): string {
  const failed = probes.filter(isFailure);
  const asked = probes.filter(wasAsked);
  const deciding = failed.length > 0 ? failed : asked.filter((probe) => probe.verdict !== 'pass');
  // The name of the only probe tells nothing.
  const alone = asked.length < 2 && deciding.every(({ checks }) => checks.length === 0);
  const findings = alone ? [] : deciding.flatMap(findingsOf);
  // A limit can fail a model although all its probes pass.
  const own = findings.length === 0 || (failed.length === 0 && verdict === 'fail') ? [reason] : [];
  const texts = [...own, ...findings].filter((text) => text !== undefined);
  const shown = texts.slice(0, MOST_FINDINGS);
  const more = texts.length - shown.length;
  return oneLine([...shown, ...(more > 0 ? [`${more} more`] : [])].join(' · '));
}

/** Findings in one line: a model that does everything wrong has dozens. */
const MOST_FINDINGS = 8;

/** The failures of a model, then in brackets what got worse and what excuses it, in one line. */
export function judgedFailureText(model: JudgedModel): string {
  const notes = [...notesOf(model), ...unmeasured(model)];
  const aside = notes.length === 0 ? '' : `[${notes.join('; ')}]`;
  return oneLine(`${failureText(model)} ${aside}`);
}

/** Who answered: the names that the answers gave, with the fingerprints of their systems. */
export function servedText({ served }: ModelReport): string {
  const names = served.map(({ model = '(no name)', system_fingerprint }) =>
    system_fingerprint === undefined ? model : `${model} (${system_fingerprint})`,
  );
  return oneLine([...new Set(names)].join(', '));
}

/** The limits whose figures could not be measured, which breaks none of them. */
function unmeasured({ unmeasured_limits }: ModelReport): string[] {
  return unmeasured_limits.map(({ limit, probe }) => {
    const where = probe === undefined ? '' : ` of ${probe}`;
    return `not measured${where}: ${limit.replaceAll('_', '-')}`;
  });
}

/** How a model compares with the baseline and the known failures, one note each. */
export function notesOf({ baseline, known_failure, excuse, outcome }: Judgement): string[] {
  return [
    ...(baseline?.change === 'worse' ? baseline.reasons : []),
    ...(baseline?.served === undefined ? [] : [baseline.served]),
    ...(baseline?.change === 'new' && outcome !== 'skipped' ? ['new: not in the baseline'] : []),
    ...(known_failure?.expired ? [`known failure expired after ${known_failure.until}`] : []),
    ...(excuse === undefined || excuse === 'optional' ? [] : [excuse]),
  ];
}

const OUTCOMES: readonly JudgedModel['outcome'][] = ['failed', 'excused', 'skipped', 'passed'];

/** From a model that cannot be used at all to one that nothing is wrong with. */
const GRAVITY: readonly JudgedModel['verdict'][] = [
  'gone',
  'unavailable',
  'denied',
  'not_asked',
  'error',
  'timeout',
  'quota',
  'fail',
  'unsupported',
  'skipped',
  'warn',
  'pass',
  'not_claimed',
];

/** What fails the run first, then the most serious verdicts, then the models with most failures. */
export function worstFirst(models: readonly JudgedModel[]): JudgedModel[] {
  const failures = ({ probes }: JudgedModel) => probes.filter(isFailure).length;
  return models.toSorted(
    (a, b) =>
      OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) ||
      Number(b.flaky) - Number(a.flaky) ||
      GRAVITY.indexOf(a.verdict) - GRAVITY.indexOf(b.verdict) ||
      failures(b) - failures(a),
  );
}

/** At most `length` UTF-16 code units; an ellipsis stands for what is left out. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = length - 1;
  // Half of a character is not a character.
  const whole = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
  return `${text.slice(0, whole)}…`;
}

/** Replaces line breaks and other white space by single spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The result of a run in a few words: `1 of 4 required models failed`. */
export function headline(report: JudgedReport): string {
  const { models, interrupted, summary, stopped_by } = report;
  if (stopped_by === 'error') return 'no model was asked';
  const { required_failed, required_skipped, total, warned } = summary;
  const required = models.filter((model) => model.required).length;
  const passed = models.filter(({ outcome }) => outcome === 'passed').length;
  const excused = models.filter(({ outcome }) => outcome === 'excused').length;
  const parts = [
    required_failed > 0
      ? `${required_failed} of ${required} required models failed`
      : `${passed} of ${total} models passed`,
    required_failed === 0 && excused > 0 ? `${excused} excused` : '',
    warned > 0 ? `${warned} with warnings` : '',
    required_skipped > 0 ? `${required_skipped} required not fully tested` : '',
    interrupted ? 'interrupted' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Milliseconds in words: `31 ms`, `1.24 s`, `12.3 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}
