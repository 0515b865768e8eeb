import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import type { ModelReport, ProbeReport } from '../core/validation/report.ts';
import type { Cell } from '../terminal/table.ts';

/** A sign that tells verdicts apart without colour. */
export function glyphOf(result: Found): string {
  if (!wasAsked(result)) return '-';
  return result.verdict === 'pass' && !isSlower(result) ? '✓' : '✗';
}

/** `not claimed`, `pass (flaky)`: a verdict as people read it. */
export function verdictText(result: Found): string {
  const text = result.verdict.replaceAll('_', ' ');
  if (result.verdict !== 'pass') return text;
  const but = [isSlower(result) ? 'slower' : '', result.flaky ? 'flaky' : ''].filter(Boolean);
  return but.length === 0 ? text : `${text} (${but.join(', ')})`;
}

/** A model or one of its probes. */
type Found = Pick<ProbeReport, 'verdict' | 'flaky'> & Pick<ModelReport, 'baseline'>;

/** All was answered, but something took too much longer than the baseline. */
function isSlower({ verdict, baseline }: Found): boolean {
  return verdict === 'pass' && baseline?.change === 'worse';
}

export function verdictCell(result: ModelReport | JudgedModel): Cell {
  const { verdict, flaky, required } = result;
  const cell = { text: verdictText(result), glyph: glyphOf(result) };
  if (!wasAsked(result)) return { ...cell, tone: 'quiet' };
  const outcome = 'outcome' in result ? result.outcome : undefined;
  if (outcome === 'failed') return { ...cell, tone: 'bad' };
  if (verdict === 'pass') return { ...cell, tone: flaky || isSlower(result) ? 'warning' : 'good' };
  return { ...cell, tone: required && outcome !== 'excused' ? 'bad' : 'warning' };
}

export function requirement({ required }: ModelReport): string {
  return required ? 'required' : 'optional';
}

/** Whether a question was put, and so whether there is something to say about the answer. */
export function wasAsked({ verdict }: Pick<ProbeReport, 'verdict'>): boolean {
  return verdict !== 'skipped' && verdict !== 'not_claimed';
}

/** What did not pass, all of it, and what excuses or aggravates it; empty after a plain pass. */
export function failureText(result: ModelReport | JudgedModel): string {
  const notes = notesOf(result);
  const aside = notes.length === 0 ? '' : `[${notes.join('; ')}]`;
  return oneLine([failuresOf(result), aside].filter((part) => part !== '').join(' '));
}

/** Every probe that failed with its name before it, where there was more than one to fail. */
function failuresOf({ probes, reason }: ModelReport): string {
  const failed = probes.filter((probe) => wasAsked(probe) && probe.verdict !== 'pass');
  const asked = probes.filter(wasAsked);
  if (failed.length === 0 || asked.length < 2) return reason ?? '';
  return failed.map((probe) => `${probe.probe}: ${probe.reason ?? probe.verdict}`).join(' · ');
}

/** Where a result stands against the baseline and the known failures. */
export function notesOf(result: ModelReport | JudgedModel): string[] {
  const { baseline, known_failure } = result;
  const excuse = 'excuse' in result ? result.excuse : undefined;
  return [
    ...(baseline?.change === 'worse' ? baseline.reasons : []),
    ...(known_failure?.expired ? [`known until ${known_failure.until} only`] : []),
    ...(excuse === undefined || excuse === 'optional' ? [] : [excuse]),
  ];
}

/** Line breaks and other white space as single spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What came of a run, in a few words: `1 of 4 required models failed`. */
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
    required_skipped > 0 ? `${required_skipped} required not asked to the end` : '',
    interrupted ? 'interrupted' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Milliseconds as a person reads them: `31 ms`, `1.24 s`, `12.3 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}
