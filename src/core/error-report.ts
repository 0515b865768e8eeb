import { type ErrorKind, QwenDemoError } from './errors.ts';
import { redact } from './redaction.ts';

/** An error as users see it, and the `error` object of `--json`. */
export interface ErrorReport {
  kind: ErrorKind;
  code: string;
  message: string;
  hint: string | undefined;
  status: number | undefined;
  request_id: string | undefined;
}

/**
 * The report of any thrown value, its message without secrets. What is not a QwenDemoError is a bug:
 * kind `unexpected`, code `bug`.
 */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof QwenDemoError) {
    const { kind, code, hint, status, request_id } = error;
    return { kind, code, message: redact(error.message), hint, status, request_id };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unexpected',
    code: 'bug',
    message: message === '' ? 'Something unexpected happened' : redact(message),
    hint: 'This is a bug. Please report it with the command you ran and its output with --debug.',
    status: undefined,
    request_id: undefined,
  };
}

/** The stack of an error and of its causes, for `--debug`, without secrets. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return redact(error.stack ?? error.message) + cause;
}
