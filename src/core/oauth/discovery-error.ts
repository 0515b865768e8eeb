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
 *   metadata; when a place failed, whatever the others lack, NetworkError, QuotaError `rate_limited`,
 *   ApiError `server_error` or that of the exchange; else ProtocolError `no_metadata`
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
  return failureOf(host, answers, hint) ?? noMetadata(host, hint);
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

/** What a place answers that has no metadata: neither a failure nor a refusal. */
function isAbsent({ error, status = 0 }: Answer): boolean {
  return error === undefined && (status < 400 || [400, 404, 405, 406, 410].includes(status));
}

/** The server failed at some place, and has no metadata at the others: it may well have some. */
function failureOf(
  host: string,
  answers: readonly Answer[],
  hint: (...advice: string[]) => string,
): QwenDemoError | undefined {
  const failed = answers.filter((answer) => !isAbsent(answer));
  const all = (test: (answer: Answer) => boolean) => failed.every(test);
  const { error } = failed.at(-1) ?? {};
  const { status = 0 } = failed.findLast((answer) => answer.status !== undefined) ?? {};
  const isNetwork = (answer: Answer) => answer.error instanceof NetworkError;
  if (error && all(isNetwork)) return rephrase(error, { hint: hint('Try again later.') });
  if (status === 0) return error && rephrase(error, { hint: hint('Check --issuer.') });
  if (all((answer) => answer.status === 429)) {
    return new QuotaError(`${host} accepts no more requests for now (HTTP 429)`, {
      code: 'rate_limited',
      permanent: false,
      status,
      hint: hint('Wait a minute and try again.'),
    });
  }
  const places = failed.length === answers.length ? 'at every place' : 'at a place';
  if (all((answer) => isNetwork(answer) || mayPass(answer))) {
    return new ApiError(`${host} failed ${places} of its metadata (HTTP ${status})`, {
      code: 'server_error',
      status,
      hint: hint('Try again later.'),
    });
  }
  return new ProtocolError(`${host} refused to show its metadata ${places} (HTTP ${status})`, {
    code: 'no_metadata',
    status,
    hint: hint('Check --issuer, and whether a firewall or a proxy stands in between.'),
  });
}

/** Whether a place answered with a status of a server that is busy or fails. */
const mayPass = ({ status = 0 }: Answer) => [408, 425, 429].includes(status) || status >= 500;
