import { describeError } from '../../../core/error-report.ts';
import { QwenDemoError } from '../../../core/errors.ts';
import { reportError } from '../../../terminal/report-error.ts';
import type { Context } from '../../context.ts';

/**
 * Tells of a failure that does not end the session.
 * @throws what is no failure but a bug or the end of the program
 */
export async function reportFailure(context: Context, error: unknown): Promise<void> {
  if (!(error instanceof QwenDemoError)) throw error;
  await reportError(describeError(error), context.terminal, { json: false, stack: '' });
}
