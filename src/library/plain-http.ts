import { rephrase, UsageError } from '../core/errors.ts';
import { given } from '../core/given.ts';

/** The error for plain http with the option of the library in its hint, in place of the flag; others unchanged. */
export function inWordsOfLibrary(error: unknown): unknown {
  if (!(error instanceof UsageError) || error.code !== 'plain_http') return error;
  const hint = error.hint?.replace(/add --allow-http.*$/s, 'set allow_http: true.');
  return rephrase(error, given({ hint }));
}
