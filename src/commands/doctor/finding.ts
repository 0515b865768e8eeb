import { describeError } from '../../core/error-report.ts';

/** What is checked, in the order of the report. */
export const CHECKS = [
  'node',
  'settings',
  'folder',
  'files',
  'token',
  'dns',
  'proxy',
  'connection',
  'tls',
  'clock',
  'models',
] as const;
export type CheckName = (typeof CHECKS)[number];

/**
 * One result of a check. `ok`: as it should be. `warning`: commands work, or the check could not be
 * made. `problem`: commands fail.
 */
export interface Finding {
  check: CheckName;
  status: 'ok' | 'warning' | 'problem';
  message: string;
  /** What to do next. */
  hint?: string | undefined;
  /** Of a problem: its class decides the exit code. */
  error?: unknown;
}

export function ok(check: CheckName, message: string): Finding {
  return { check, status: 'ok', message };
}

export function warning(check: CheckName, message: string, hint?: string): Finding {
  return { check, status: 'warning', message, hint };
}

export function problem(check: CheckName, error: unknown): Finding {
  const { code, message, hint } = describeError(error);
  const isSilent = code === 'headers_timeout' || code === 'body_timeout';
  return { check, status: 'problem', message, hint: isSilent ? SILENT : hint, error };
}

/** In place of the hint of other commands: no flag makes a check wait longer. */
const SILENT =
  'Try again. If it stays so, see whether the server is busy or hangs; other commands wait longer with --timeout.';
