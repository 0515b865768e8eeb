import {
  ApiError,
  NetworkError,
  ProtocolError,
  QuotaError,
  type QwenDemoError,
  rephrase,
} from '../errors.ts';
import { quote } from './error-response.ts';

/** What one place answered instead of metadata that can be used. */
export interface Answer {
  url: string;
  /** `no_metadata`, `issuer_mismatch`, `no_device_flow`, `unsafe_endpoint`, or that of `error`. */
  code: string;
  /** For people. */
  said: string;
  status?: number;
  /** With `issuer_mismatch`: the issuer in the metadata. */
  named?: string | undefined;
  /** With `unsafe_endpoint`: the host of the endpoint, '' when it is not https. */
  host?: string;
  /** The failure of the exchange. */
  error?: QwenDemoError;
}

const BY_HAND = 'Or name its endpoints: --device-endpoint URL --token-endpoint URL';

/**
 * The error after the last place. Its hint lists each place with what it answered.
 * @returns ProtocolError `unsafe_endpoint`, `issuer_mismatch`, `no_device_flow` when a place had
 *   metadata; when each place failed in the same way NetworkError, QuotaError `rate_limited`
 *   or ApiError `server_error`; else ProtocolError `no_metadata`
 */
export function discoveryError(issuer: URL, answers: readonly Answer[]): QwenDemoError {
  const list = answers.map(({ url, said }) => `${url}: ${said}`);
  const hint = (...advice: string[]) => [...list, ...advice, BY_HAND].join('\n');
  const with_code = (code: string) => answers.find((answer) => answer.code === code);
  const { host } = issuer;

  const unsafe = with_code('unsafe_endpoint');
  if (unsafe) {
    const advice = unsafe.host
      ? `If you trust that host, add --trust-host ${unsafe.host}`
      : 'The endpoints of an issuer must be https URLs.';
    return new ProtocolError(`${host} names ${unsafe.said}, which is not on its own host`, {
      code: 'unsafe_endpoint',
      hint: hint(advice),
    });
  }
  const other = with_code('issuer_mismatch');
  if (other) {
    const what = other.named === undefined ? 'names no issuer' : `is for ${quote(other.named)}`;
    return new ProtocolError(`The metadata of ${host} ${what}, not for ${issuer.href}`, {
      code: 'issuer_mismatch',
      hint: hint(otherIssuer(other.named)),
    });
  }
  if (with_code('no_device_flow')) {
    return new ProtocolError(`${host} offers no device authorization (RFC 8628)`, {
      code: 'no_device_flow',
      hint: hint('Turn the device flow on at the issuer, or sign in at another one.'),
    });
  }
  return failureOfAll(host, answers, hint) ?? noMetadata(host, hint);
}

/** The flag for the issuer in the metadata, if it can be typed as it is. */
function otherIssuer(named = ''): string {
  return /^https?:[\w.:/-]+$/.test(named)
    ? `If you mean that one: --issuer ${named}`
    : 'Check each character of --issuer.';
}

function noMetadata(host: string, hint: (...advice: string[]) => string): ProtocolError {
  return new ProtocolError(`${host} publishes no metadata about its endpoints`, {
    code: 'no_metadata',
    hint: hint('Check --issuer. For a server with the paths of Qwen set QWEN_DEMO_OAUTH_BASE_URL.'),
  });
}

/** The server failed at every place: it may well have metadata. */
function failureOfAll(
  host: string,
  answers: readonly Answer[],
  hint: (...advice: string[]) => string,
): QwenDemoError | undefined {
  const all = (test: (answer: Answer) => boolean) => answers.every(test);
  const { error, status = 0 } = answers.at(-1) ?? {};
  if (error && all((answer) => answer.error instanceof NetworkError)) {
    return rephrase(error, { hint: hint('Try again later.') });
  }
  if (all((answer) => answer.status === 429)) {
    return new QuotaError(`${host} accepts no more requests for now (HTTP 429)`, {
      code: 'rate_limited',
      permanent: false,
      status,
      hint: hint('Wait a minute and try again.'),
    });
  }
  if (all((answer) => (answer.status ?? 0) >= 500 || answer.error instanceof NetworkError)) {
    const code = 'server_error';
    return new ApiError(`${host} failed at every place of its metadata`, {
      code,
      ...(status > 0 && { status }),
      hint: hint('Try again later.'),
    });
  }
  return undefined;
}
