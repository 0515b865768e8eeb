import { parseDuration } from '../../core/duration.ts';
import { UsageError, ValidationError } from '../../core/errors.ts';
import { candidates } from '../../core/validation/candidates.ts';
import { chatProbe } from '../../core/validation/probes.ts';
import { hasFailed, type ValidationReport } from '../../core/validation/report.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT, validateModels } from '../../core/validation/run.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { createWriter } from '../../terminal/writer.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { startProgress } from './progress.ts';

export interface ValidateModelsFlags extends ConnectionOptions {
  model?: string[];
  concurrency?: string;
  json?: boolean;
}

const MOST_AT_ONCE = 64;

/**
 * @throws UsageError for a flag out of range, ValidationError when a required model has failed,
 *   the signal's reason after what is known was shown, and what `connect` and the run throw
 */
export async function runValidateModels(
  context: Context,
  flags: ValidateModelsFlags,
): Promise<void> {
  const { terminal, clock, signal } = context;
  const asked = candidates(modelNames(flags.model));
  const concurrency = parseConcurrency(flags.concurrency);
  const timeout = flags.timeout === undefined ? DEFAULT_TIMEOUT : parseDuration(flags.timeout);
  const { chat, endpoint } = await connect(context, flags);

  // Before the first question: what is loaded while a model answers counts as its latency.
  const render = await loadReporter(terminal, flags);
  const progress = await startProgress(terminal, asked.length, flags.sanitize);
  let report: ValidationReport;
  try {
    report = await validateModels({
      chat,
      clock,
      endpoint,
      candidates: asked,
      probes: [chatProbe],
      concurrency,
      timeout,
      signal,
      onEvent: progress.onEvent,
    });
  } finally {
    progress.stop();
  }

  if (report.summary.skipped < report.summary.total) {
    const writer = createWriter(terminal.stdout);
    void writer.write(render(report));
    await writer.flush();
  }
  if (report.interrupted) throw signal.reason;
  if (report.summary.required_failed > 0) throw failure(report);
}

async function loadReporter(
  terminal: Terminal,
  { json, sanitize }: ValidateModelsFlags,
): Promise<(report: ValidationReport) => string> {
  if (json) {
    const { validationJson } = await import('../../reporters/json.ts');
    return validationJson;
  }
  const [{ validationTable }, { loadTableFormat }] = await Promise.all([
    import('../../reporters/table.ts'),
    import('../../terminal/table.ts'),
  ]);
  const format = await loadTableFormat(terminal, { sanitize: sanitize === true });
  return (report) => format(validationTable(report));
}

function failure({ models, summary }: ValidationReport): ValidationError {
  const failed = models.filter((result) => result.required && hasFailed(result));
  const required = models.filter((result) => result.required).length;
  const names = failed.map(({ model, verdict }) => `${model} (${verdict})`).join(', ');
  const absent = failed.some(({ verdict }) => verdict === 'unavailable');
  return new ValidationError(
    `${summary.required_failed} of ${required} required models did not pass: ${names}`,
    { code: 'models_failed', ...(absent && { hint: 'See what is there: qwen-demo list-models' }) },
  );
}

function modelNames(models: string[] = []): string[] {
  const names = models.map((name) => name.trim());
  if (names.includes('')) {
    throw new UsageError('--model needs a model id', { code: 'empty_flag' });
  }
  return names;
}

function parseConcurrency(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CONCURRENCY;
  const number = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (number >= 1 && number <= MOST_AT_ONCE) return number;
  throw new UsageError(`--concurrency ${text} is not a whole number from 1 to ${MOST_AT_ONCE}`, {
    code: 'invalid_concurrency',
  });
}
