import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize } from '../terminal/sanitize.ts';
import { isSlower, judgedFailureText, requirement, verdictText } from './verdict-text.ts';

/**
 * GitHub's workflow commands: an error for each model that fails the run, a warning for an excused
 * failure, a flaky pass and a skipped required model. A plain pass gets none.
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

/** Like `escapeData` of GitHub's toolkit: the runner decodes these three characters only. */
function data(text: string): string {
  return sanitize(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Like `escapeProperty` of GitHub's toolkit. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Wraps text for the log so that the runner obeys no command in it. The token must be random. */
export function suspendCommands(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}
