/** The class of a failure. It decides the exit code. */
export type ErrorKind =
  | 'unexpected'
  | 'usage'
  | 'auth'
  | 'network'
  | 'api'
  | 'quota'
  | 'protocol'
  | 'storage'
  | 'validation';

/** The fields of an error beside its message. */
export interface ErrorDetails {
  /** Stable machine-readable reason: `access_denied`, `connect_timeout`, `model_not_found` … */
  code: string;
  /** What the user can do next, one or more lines. */
  hint?: string | undefined;
  /** HTTP status of the response that caused it. */
  status?: number | undefined;
  /** The id that the server gave the request. */
  request_id?: string | undefined;
  /** For a value that is not one of a few. */
  choice?: Choice | undefined;
  /** The error that caused this one; only `--debug` shows it. */
  cause?: unknown;
}

/** A value that is not one of those that exist, so that the command line can guess what it means. */
export interface Choice {
  given: string;
  /** `models`: the models that are known on this machine, which core does not read. */
  among: readonly string[] | 'models';
}

/**
 * Every failure that the program can explain. Any other thrown value is a bug.
 * A message names the host it is about and never contains a secret.
 */
export abstract class QwenDemoError extends Error {
  abstract readonly kind: ErrorKind;
  /** See {@link ErrorDetails}, as for the next four. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number | undefined;
  readonly request_id: string | undefined;
  readonly choice: Choice | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.hint = details.hint;
    this.status = details.status;
    this.request_id = details.request_id;
    this.choice = details.choice;
  }
}

/**
 * The hint of an error that a new login solves. The command line adds the flags that select the login:
 * commands/hint-commands.ts.
 */
export const SIGN_IN_AGAIN = 'Sign in again: qwen-demo auth';

/** A wrong flag or setting, or no prompt. */
export class UsageError extends QwenDemoError {
  readonly kind = 'usage';
}

/** Not signed in, or the login was refused, expired or denied. */
export class AuthError extends QwenDemoError {
  readonly kind = 'auth';
}

/** The host is unreachable or unknown, TLS failed, or a time-out passed. */
export class NetworkError extends QwenDemoError {
  readonly kind = 'network';
}

/** The API understood the request and refused it, or failed on its side. */
export class ApiError extends QwenDemoError {
  readonly kind = 'api';
}

/** A rate limit or an exhausted quota. */
export class QuotaError extends QwenDemoError {
  readonly kind = 'quota';
  /** True when the quota does not recover within a minute, so that a retry cannot succeed. */
  readonly permanent: boolean;

  constructor(message: string, details: ErrorDetails & { permanent: boolean }) {
    super(message, details);
    this.permanent = details.permanent;
  }
}

/** A response that the protocol does not allow: HTML, malformed JSON, a truncated stream, a redirect. */
export class ProtocolError extends QwenDemoError {
  readonly kind = 'protocol';
}

/**
 * A file of the program or of the user is unreadable, unwritable, corrupt or locked, or there is too
 * little memory.
 */
export class StorageError extends QwenDemoError {
  readonly kind = 'storage';
}

/** `validate-models`: a required model failed. */
export class ValidationError extends QwenDemoError {
  readonly kind = 'validation';
}

/** Not a failure: a signal ended the program. It is the reason of the abort signal of the whole run. */
export class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

  constructor(signal: Interrupted['signal']) {
    super(`Interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/** The constructor of a concrete class. */
type ConstructorOf<E> = new (message: string, details: ErrorDetails & { permanent: boolean }) => E;

/**
 * The same error with another message or hint. Class, code, status, request id and `permanent` stay;
 * the original becomes the `cause`, so that `--debug` shows both.
 */
export function rephrase<E extends QwenDemoError>(
  error: E,
  { message = error.message, hint = error.hint }: { message?: string; hint?: string | undefined },
): E {
  const SameClass = error.constructor as ConstructorOf<E>;
  const permanent = error instanceof QuotaError && error.permanent;
  const { code, status, request_id, choice } = error;
  return new SameClass(message, {
    code,
    hint,
    status,
    request_id,
    choice,
    permanent,
    cause: error,
  });
}
