/** Reads single values of what a server says about a failure. */
import { isFields } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The values that can name a failure, the most exact one first. */
export function codesOf(error: Fields): unknown[] {
  const { code, Code, error_code, errorCode, type, error_type, status } = error;
  return [code ?? Code, error_code ?? errorCode, type, error_type, status];
}

/** The text that explains a failure. */
export function messageOf(error: Fields): string | undefined {
  const { message, Message, msg, status_msg, error_msg, error_message, errorMessage } = error;
  const texts = [message, Message, msg, status_msg, error_msg, error_message, errorMessage];
  return texts.map(text).find((said) => said !== undefined);
}

/** The id of the request. */
export function requestIdOf({ request_id, RequestId }: Fields): string | undefined {
  return text(request_id) ?? text(RequestId);
}

/** The HTTP status of a failure, under whichever name. */
export function statusOf({ code, status, status_code, statusCode }: Fields): number | undefined {
  return [code, status, status_code, statusCode].map(httpStatus).find(Boolean);
}

/** An HTTP status of a failure, as a number or as text. */
export function httpStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 400 && number <= 599 ? number : undefined;
}

/** A word or a number that is neither an HTTP status nor a success. */
export function codeOf(value: unknown): string | undefined {
  if (httpStatus(value) !== undefined || isSuccess(value)) return undefined;
  return typeof value === 'number' ? String(value) : text(value);
}

/** Whether a field is missing, null or ''. */
export function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

/** A text that is not ''. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether a code says that all is well, or nothing. */
export function isSuccess(code: unknown): boolean {
  if (typeof code === 'string') return /^(|0+|200|20000|ok|success)$/i.test(code.trim());
  return typeof code !== 'number' || code === 0 || code === 200 || code === 20_000;
}

/** The texts that differ and that none before them contains; undefined if there is none. */
export function joined(
  messages: readonly (string | undefined)[],
  separator = '; ',
): string | undefined {
  const kept: string[] = [];
  for (const message of messages) {
    if (message && !kept.some((one) => one.includes(message))) kept.push(message);
  }
  return kept.length === 0
    ? undefined
    : kept
        .map((one, at) => (at < kept.length - 1 ? one.replace(/[.:;\s]+$/, '') : one))
        .join(separator);
}

/** The reasons and the exhausted quotas in Google's `details` (google.rpc.ErrorInfo, QuotaFailure). */
export function reasonsOf({ details }: Fields): (string | undefined)[] {
  if (!Array.isArray(details)) return [];
  return details
    .filter(isFields)
    .flatMap(({ reason, violations }) => [
      text(reason),
      ...(Array.isArray(violations) ? violations : [])
        .filter(isFields)
        .map(({ quotaId }) => text(quotaId)),
    ]);
}
