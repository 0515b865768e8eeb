import type { JudgedModel, JudgedReport, Judgement } from '../core/validation/judge.ts';
import type { ModelReport, ProbeReport } from '../core/validation/report.ts';
import type { Cell } from '../terminal/table.ts';

/** The verdict of a model or of one of its probes. */
type Result = Pick<ProbeReport, 'verdict' | 'flaky'>;

/** A sign that distinguishes verdicts without color. */
export function glyphOf(result: Result, slower = false): string {
  if (!wasAsked(result)) return '-';
  return result.verdict === 'pass' && !slower ? '✓' : '✗';
}

/** A verdict in words: `not claimed`, `pass (flaky)`. */
export function verdictText(result: Result, slower = false): string {
  const text = result.verdict.replaceAll('_', ' ');
  if (result.verdict !== 'pass') return text;
  const notes = [slower ? 'slower' : '', result.flaky ? 'flaky' : ''].filter(Boolean);
  return notes.length === 0 ? text : `${text} (${notes.join(', ')})`;
}

/** Every probe passed, but one took too much longer than in the baseline. */
export function isSlower({ verdict, baseline }: JudgedModel): boolean {
  return (verdict === 'pass' || verdict === 'warn') && baseline?.change === 'worse';
}

/** The verdict of a model that is not judged yet. */
export function verdictCell(model: ModelReport): Cell {
  const cell = { text: verdictText(model), glyph: glyphOf(model) };
  if (!wasAsked(model)) return { ...cell, tone: 'quiet' };
  if (model.verdict === 'pass') return { ...cell, tone: model.flaky ? 'warning' : 'good' };
  return { ...cell, tone: model.required ? 'bad' : 'warning' };
}

/** The verdict of a judged model: an excused failure is a warning. */
export function judgedVerdictCell(model: JudgedModel): Cell {
  const slower = isSlower(model);
  const cell = { text: verdictText(model, slower), glyph: glyphOf(model, slower) };
  if (!wasAsked(model)) return { ...cell, tone: 'quiet' };
  if (model.outcome === 'failed') return { ...cell, tone: 'bad' };
  return { ...cell, tone: model.outcome === 'passed' && !model.flaky ? 'good' : 'warning' };
}

/** `required` or `optional`. */
export function requirement({ required }: ModelReport): string {
  return required ? 'required' : 'optional';
}

/** Whether a request was sent, so that there are figures to show. */
export function wasAsked({ verdict }: Pick<ProbeReport, 'verdict'>): boolean {
  return verdict !== 'skipped' && verdict !== 'not_claimed';
}

/**
 * The failed probes with their reasons, in one line; empty after a plain pass. Each probe has its name
 * before it when more than one was tested.
 */
export function failureText({ probes, reason }: ModelReport): string {
  const failed = probes.filter((probe) => wasAsked(probe) && probe.verdict !== 'pass');
  const asked = probes.filter(wasAsked);
  if (failed.length === 0 || asked.length < 2) return oneLine(reason ?? '');
  return oneLine(
    failed.map((probe) => `${probe.probe}: ${probe.reason ?? probe.verdict}`).join(' · '),
  );
}

/** The failures of a model, then in brackets what got worse and what excuses it, in one line. */
export function judgedFailureText(model: JudgedModel): string {
  const notes = notesOf(model);
  const aside = notes.length === 0 ? '' : `[${notes.join('; ')}]`;
  return oneLine(`${failureText(model)} ${aside}`);
}

/** How a model compares with the baseline and the known failures, one note each. */
export function notesOf({ baseline, known_failure, excuse, outcome }: Judgement): string[] {
  return [
    ...(baseline?.change === 'worse' ? baseline.reasons : []),
    ...(baseline?.change === 'new' && outcome !== 'skipped' ? ['new: not in the baseline'] : []),
    ...(known_failure?.expired ? [`known failure expired after ${known_failure.until}`] : []),
    ...(excuse === undefined || excuse === 'optional' ? [] : [excuse]),
  ];
}

const OUTCOMES: readonly JudgedModel['outcome'][] = ['failed', 'excused', 'skipped', 'passed'];

/** From a model that cannot be used at all to one that nothing is wrong with. */
const GRAVITY: readonly JudgedModel['verdict'][] = [
  'unavailable',
  'denied',
  'error',
  'timeout',
  'quota',
  'fail',
  'skipped',
  'pass',
  'not_claimed',
];

/** What fails the run first, then the most serious verdicts, then the models with most failures. */
export function worstFirst(models: readonly JudgedModel[]): JudgedModel[] {
  const failures = ({ probes }: JudgedModel) =>
    probes.filter((probe) => wasAsked(probe) && probe.verdict !== 'pass').length;
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
export function headline({ models, interrupted, summary }: JudgedReport): string {
  const { required_failed, required_skipped, total } = summary;
  const required = models.filter((model) => model.required).length;
  const passed = models.filter(({ outcome }) => outcome === 'passed').length;
  const excused = models.filter(({ outcome }) => outcome === 'excused').length;
  const parts = [
    required_failed > 0
      ? `${required_failed} of ${required} required models failed`
      : `${passed} of ${total} models passed`,
    required_failed === 0 && excused > 0 ? `${excused} excused` : '',
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
