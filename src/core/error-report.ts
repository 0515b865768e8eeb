import { type ErrorKind, QwenDemoError, StorageError } from './errors.ts';
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
 * The report of any thrown value, its message without secrets. Memory that is not given is kind
 * `storage`, code `out_of_memory`. What else is not a QwenDemoError is a bug: kind `unexpected`, code
 * `bug`.
 */
export function describeError(thrown: unknown): ErrorReport {
  const error = isOutOfMemory(thrown) ? outOfMemory(thrown) : thrown;
  if (error instanceof QwenDemoError) {
    const { kind, code, hint, status, request_id } = error;
    return { kind, code, message: redact(error.message), hint, status, request_id };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unexpected',
    code: 'bug',
    message: message === '' ? 'Something unexpected happened' : redact(message),
    hint:
      'This is a bug. Please report it to the owners that the file LICENSE names, with the command ' +
      'you ran, its output with --debug, and what qwen-demo doctor prints.',
    status: undefined,
    request_id: undefined,
  };
}

/** What V8 and Node throw where memory is not given to them: `ulimit -v`, a small container. */
function isOutOfMemory(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof QwenDemoError) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(ENOMEM|ERR_MEMORY_ALLOCATION_FAILED)$/.test(code) ||
    (error instanceof RangeError &&
      /out of memory|could not allocate memory|allocation failed/i.test(error.message))
  );
}

function outOfMemory(cause: Error): StorageError {
  return new StorageError(`There is not enough memory: ${cause.message}`, {
    code: 'out_of_memory',
    // For WebAssembly, which reads HTTP: measured on Node 20 and 22.
    hint: cause.message.includes('WebAssembly')
      ? 'Node reserves 12 GB of addresses. Raise ulimit -v, or reserve none: export NODE_OPTIONS=--disable-wasm-trap-handler'
      : 'End other programs, or raise the limit of the memory: ulimit -v',
    cause,
  });
}

/** The stack of an error and of its causes, for `--debug`, without secrets. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return redact(error.stack ?? error.message) + cause;
}
