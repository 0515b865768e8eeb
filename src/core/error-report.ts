import { type ErrorKind, QwenDemoError } from './errors.ts';

/** An error as users see it, and the `error` object of `--json`. */
export interface ErrorReport {
  kind: ErrorKind;
  code: string;
  message: string;
  hint: string | undefined;
  status: number | undefined;
  request_id: string | undefined;
}

/** Puts any thrown value into words. What is not ours is a bug, and says so. */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof QwenDemoError) {
    const { kind, code, message, hint, status, request_id } = error;
    return { kind, code, message, hint, status, request_id };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unexpected',
    code: 'bug',
    message: message === '' ? 'Something unexpected happened' : message,
    hint: 'This is a bug. Please report it with the command you ran and its output with --debug.',
    status: undefined,
    request_id: undefined,
  };
}

/** The stack of an error and of what caused it, for `--debug`. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}
