import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import { sanitize } from '../terminal/sanitize.ts';
import {
  clip,
  isSlower,
  judgedFailureText,
  oneLine,
  requirement,
  verdictText,
  worstFirst,
} from './verdict-text.ts';

/** GitHub drops the annotations of one kind in one step after the 10th: docs/problem-matchers.md. */
const MOST_OF_A_KIND = 10;
/** The runner cuts a message off after this many characters. */
const LONGEST_MESSAGE = 4096;

const LEVELS = ['error', 'warning'] as const;

type Level = (typeof LEVELS)[number];

/**
 * GitHub's workflow commands: an error for each model that fails the run, a warning for an excused
 * failure, a pass with warnings, a flaky one, and a skipped required model. A plain pass gets none. The worst come first;
 * of more than GitHub shows, the last annotation counts and names the rest.
 */
export function githubAnnotations({ models, stopped_by, error }: JudgedReport): string {
  if (stopped_by === 'error') return command('error', 'No model was asked', error?.message ?? '');
  const ranked = worstFirst(models);
  return LEVELS.map((level) =>
    annotations(
      level,
      ranked.filter((model) => levelOf(model) === level),
    ),
  ).join('');
}

function annotations(level: Level, models: readonly JudgedModel[]): string {
  const shown = models.length > MOST_OF_A_KIND ? MOST_OF_A_KIND - 1 : models.length;
  const rest = models.slice(shown);
  const lines = models.slice(0, shown).map((model) => {
    const title = `${model.model}: ${verdictText(model, isSlower(model))} (${requirement(model)})`;
    return command(level, title, judgedFailureText(model) || verdictText(model, isSlower(model)));
  });
  if (rest.length > 0) {
    const title = `${rest.length} more models with ${level === 'error' ? 'errors' : 'warnings'}`;
    const names = rest.map(({ model }) => oneLine(model)).join(', ');
    lines.push(command(level, title, `The summary of the step shows them too: ${names}`));
  }
  return lines.join('');
}

function command(level: Level, title: string, message: string): string {
  return `::${level} title=${property(title)}::${data(clip(message, LONGEST_MESSAGE))}\n`;
}

function levelOf({ outcome, required, flaky, verdict }: JudgedModel): Level | undefined {
  if (outcome === 'failed') return 'error';
  if (outcome === 'excused' || flaky || verdict === 'warn') return 'warning';
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
