import { ProtocolError } from '../errors.ts';

/** Thrown where an answer is taken apart, with a predicate: "is not JSON". */
class Malformed extends Error {}

export function malformed(what: string): Error {
  return new Malformed(what);
}

/**
 * Runs what takes an answer of `host` apart.
 * @throws ProtocolError `malformed_answer` in place of what `malformed` made
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
