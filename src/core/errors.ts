/** What went wrong, as far as a caller must tell it apart. `kind` decides the exit code. */
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

export interface ErrorDetails {
  /** Stable machine-readable reason: `authorization_denied`, `connect_timeout`, `model_not_found` … */
  code: string;
  /** What the user can do next, one or more lines. */
  hint?: string;
  /** HTTP status of the answer that caused it. */
  status?: number;
  /** The server's own id of the request. */
  request_id?: string;
  /** The server's own words, where the message holds them too. */
  said?: string;
  cause?: unknown;
}

/**
 * Every failure the program can explain. Anything else that is thrown is a bug.
 * Messages name the host they are about and never hold a secret.
 */
export abstract class QwenDemoError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number | undefined;
  readonly request_id: string | undefined;
  readonly said: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.hint = details.hint;
    this.status = details.status;
    this.request_id = details.request_id;
    this.said = details.said;
  }
}

/** A flag, a setting or a missing prompt. */
export class UsageError extends QwenDemoError {
  readonly kind = 'usage';
}

/** Not signed in, refused, expired or denied. */
export class AuthError extends QwenDemoError {
  readonly kind = 'auth';
}

/** Unreachable, DNS, TLS, or a time-out. */
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
  /** True when waiting a minute does not help: no retry is worth it. */
  readonly permanent: boolean;

  constructor(message: string, details: ErrorDetails & { permanent: boolean }) {
    super(message, details);
    this.permanent = details.permanent;
  }
}

/** An answer that the protocol does not allow: HTML, malformed JSON, a truncated stream, a redirect. */
export class ProtocolError extends QwenDemoError {
  readonly kind = 'protocol';
}

/** Credentials or another file of ours unreadable, unwritable, corrupt or locked. */
export class StorageError extends QwenDemoError {
  readonly kind = 'storage';
}

/** `validate-models`: a required model failed. */
export class ValidationError extends QwenDemoError {
  readonly kind = 'validation';
}

/** Not a failure: somebody ended the program. The reason of the signal that everything listens to. */
export class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

  constructor(signal: Interrupted['signal']) {
    super(`Interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}
