import * as z from 'zod/mini';
import { ProtocolError } from '../errors.ts';
import { VISIBLE_ASCII } from '../http/bearer.ts';
import type { Answer } from './form.ts';
import { jsonOrUndefined } from '../json.ts';
import { parseRefusal, type Refusal, unexpectedAnswer } from './error-response.ts';

/** RFC 6749 §5.1, and Qwen's `resource_url`: what came over the wire. */
export interface TokenResponse {
  access_token: string;
  token_type?: string | undefined;
  refresh_token?: string | undefined;
  /** Seconds. */
  expires_in?: number | undefined;
  scope?: string | undefined;
  /** Host or URL of the API this token is for. */
  resource_url?: string | undefined;
}

/** What a token endpoint can say. `pending` is Qwen's 200 `{"status":"pending"}`. */
export type TokenAnswer =
  | { outcome: 'granted'; token: TokenResponse }
  | { outcome: 'pending' }
  | { outcome: 'refused'; refusal: Refusal };

/** A year: no server means more, and what is not a time must not become one. */
const LONGEST_LIFE = 366 * 24 * 3600;

/** A number of seconds; some servers write it as a string, some as null. */
export const seconds = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^\d{1,12}(\.\d{1,3})?$/))]),
  z.transform((value) => Math.min(Math.max(Number(value), 0), LONGEST_LIFE)),
);

const optionalText = z.pipe(
  z.optional(z.nullable(z.string())),
  z.transform((value) => (value === null || value === '' ? undefined : value)),
);

const tokenResponseSchema = z.object({
  access_token: z.string().check(z.regex(VISIBLE_ASCII)),
  token_type: optionalText,
  refresh_token: optionalText,
  expires_in: z.pipe(
    z.optional(z.nullable(seconds)),
    z.transform((value) => value ?? undefined),
  ),
  scope: optionalText,
  resource_url: optionalText,
});

const pendingSchema = z.object({ status: z.literal('pending') });

/**
 * Understands an answer of the token endpoint; only its JSON decides, an `error` first.
 * @throws ProtocolError when it is nothing of the kind, QuotaError at 429, ApiError at 5xx
 */
export function parseTokenResponse(answer: Answer): TokenAnswer {
  const json = jsonOrUndefined(answer.body);
  const refusal = parseRefusal(json);
  if (refusal) return { outcome: 'refused', refusal };
  if (answer.status === 200) {
    const token = tokenResponseSchema.safeParse(json).data;
    if (token) return { outcome: 'granted', token: requireBearer(token, answer.host) };
    if (pendingSchema.safeParse(json).success) return { outcome: 'pending' };
  }
  throw unexpectedAnswer(answer);
}

/** RFC 6749 §7.1: a client must not use a token of a type it does not understand. */
function requireBearer(token: TokenResponse, host: string): TokenResponse {
  if (token.token_type === undefined || /^bearer$/i.test(token.token_type)) return token;
  throw new ProtocolError(`${host} issued a token of a type other than Bearer`, {
    code: 'unsupported_token_type',
    hint: 'Ask its operator to let this client use bearer tokens (RFC 6750).',
  });
}
