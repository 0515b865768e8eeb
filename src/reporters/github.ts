import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize } from '../terminal/sanitize.ts';
import { isSlower, judgedFailureText, requirement, verdictText } from './text.ts';

/**
 * GitHub's workflow commands: an error for what fails the run, a warning for what does not but is
 * not in order either. A plain pass is not worth one.
 */
export function githubAnnotations({ models }: JudgedReport): string {
  return models.map(annotation).join('');
}

function annotation(model: JudgedModel): string {
  const level = levelOf(model);
  if (level === undefined) return '';
  const title = `${model.model}: ${verdictText(model, isSlower(model))} (${requirement(model)})`;
  const message = judgedFailureText(model) || verdictText(model, isSlower(model));
  return `::${level} title=${property(title)}::${data(message)}\n`;
}

function levelOf({ outcome, required, flaky }: JudgedModel): string | undefined {
  if (outcome === 'failed') return 'error';
  if (outcome === 'excused' || flaky) return 'warning';
  return outcome === 'skipped' && required ? 'warning' : undefined;
}

/** As the toolkit's `escapeData`: the runner takes these three, and no others, back. */
function data(text: string): string {
  return sanitize(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** As the toolkit's `escapeProperty`. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text for the log in which nothing is a command: the runner obeys none until it sees `token`, which
 * nobody outside can know.
 */
export function suspendCommands(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}
