import { ProtocolError } from '../errors.ts';

/** Its message is a predicate, such as "is not JSON": the reader of a value does not know the host. */
class Malformed extends Error {}

/** An error to throw within {@link answerOf}. `what` continues "HOST sent an answer that". */
export function malformed(what: string): Error {
  return new Malformed(what);
}

/**
 * Returns the result of `read`, which reads an answer of `host`.
 * @throws ProtocolError `malformed_answer` for an error of {@link malformed}; other errors unchanged
 */
export function answerOf<T>(host: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new ProtocolError(`${host} sent an answer that ${error.message}`, {
      code: 'malformed_answer',
      hint: 'Check that the base URL is that of an OpenAI-compatible API; most end in /v1.',
    });
  }
}

/** The error for an answer that ended as it should, but has no choice: `empty_answer`. */
export function withoutChoice(host: string): ProtocolError {
  return new ProtocolError(`${host} sent an answer without a choice`, {
    code: 'empty_answer',
    hint: 'Try again, or choose another model with -m.',
  });
}
