import { ApiError, AuthError, ProtocolError, QuotaError, type QwenDemoError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { redact } from '../http/redaction.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { hintFor, type RefusalContext } from './refusal-hints.ts';
import { classify, type Verdict } from './refusal-rules.ts';
import { type WireError, wireErrorOfText } from './wire-error.ts';

/** As much of a server's own words as a message holds, in characters. */
const SAID_CAP = 500;

/** What is looked at to find them: patterns that search backwards and forwards stay cheap on it. */
const EXAMINED = 16_384;

/**
 * Turns an answer that is no success into the error to throw: its kind decides the exit code, its
 * `code` is ours and stable, its message carries the server's own words, shortened and without the
 * bearer, but otherwise raw. Pure.
 */
export function refusal(
  status: number,
  headers: HttpResponse['headers'],
  body: string,
  host: string,
  context: RefusalContext,
): QwenDemoError {
  // A page from a gateway that fails or wants a password is what its status says it is.
  const html = isHtml(headers['content-type'], body);
  if (html && status !== 401 && status !== 429 && status < 500) {
    return webPage(status, body, host, context);
  }
  const error = html ? { message: titleOf(body) } : wireErrorOfText(body.trim());
  const where = `${host} answered HTTP ${status}`;
  return explain(named(error, headers), { status, host, context, where });
}

/** An error that came inside an answer with status 200: a frame of its stream, or its JSON. */
export function reportedError(
  error: WireError,
  { host, headers }: Pick<HttpResponse, 'host' | 'headers'>,
  context: RefusalContext,
): QwenDemoError {
  const where = `${host} reported an error in its answer`;
  return explain(named(error, headers), { status: undefined, host, context, where });
}

/** The request's id comes in the body, or else in a header. */
function named(error: WireError, headers: HttpResponse['headers']): WireError {
  const request_id = error.request_id ?? headers['x-request-id'];
  return request_id === undefined ? error : { ...error, request_id };
}

/** A web page where the protocol wants JSON or events. */
export function webPage(
  status: number,
  body: string,
  host: string,
  context: RefusalContext,
): ProtocolError {
  if (body.includes('aliyun_waf')) {
    return new ProtocolError(`The firewall of ${host} answered instead of the API (aliyun_waf)`, {
      code: 'waf_page',
      status,
      hint: 'It takes this request for an attack or a robot: try again later, from another network, or with a shorter text.',
    });
  }
  const title = clean(titleOf(body), context);
  return new ProtocolError(`${host} answered with a web page (HTTP ${status}): ${title}`, {
    code: 'html_answer',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

/** Whether a body is a web page, by its label or by its beginning. */
export function isHtml(content_type: string | undefined, body: string): boolean {
  if (/^\s*<(!doctype\s*html|html|head|body|script|!--)/i.test(body)) return true;
  return /^\s*text\/html\b/i.test(content_type ?? '') && !/^\s*[[{]/.test(body);
}

/** Whether no retry can help: the account's quota is used up, as opposed to a rate limit. */
export function isPermanentRefusal(status: number, body: string): boolean {
  return classify(wireErrorOfText(body.trim()), status).kind === 'exhausted';
}

interface Place {
  /** Undefined inside an answer that began with 200. */
  status: number | undefined;
  host: string;
  context: RefusalContext;
  where: string;
}

function explain(error: WireError, { status, host, context, where }: Place): QwenDemoError {
  const { kind, code } = nameFreeTier(classify(error, status), error, host, context);
  const said = clean(error.message ?? error.code ?? '', context);
  const known = status ?? error.status;
  const hint = hintFor(code, host, context);
  const details = {
    code,
    ...(hint !== undefined && { hint }),
    ...(known !== undefined && { status: known }),
    ...(error.request_id !== undefined && { request_id: clean(error.request_id, context) }),
  };
  const message = `${where}: ${said === '' ? 'it gave no reason' : said}`;
  switch (kind) {
    case 'auth':
      return new AuthError(message, details);
    case 'quota':
    case 'exhausted':
      return new QuotaError(message, { ...details, permanent: kind === 'exhausted' });
    case 'api':
      return new ApiError(message, details);
  }
}

/** A Qwen login that is refused in Qwen's own words means that the free tier is gone. */
function nameFreeTier(
  verdict: Verdict,
  error: WireError,
  host: string,
  { auth_type }: RefusalContext,
): Verdict {
  if (auth_type !== 'qwen-oauth') return verdict;
  const refused = verdict.kind === 'auth' || verdict.code === 'free_quota_exhausted';
  const qwens =
    isDashScopeHost(host) ||
    /invalid access token or token expired|free allocated quota/i.test(error.message ?? '');
  return refused && qwens ? { ...verdict, code: 'free_tier_ended' } : verdict;
}

function titleOf(html: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(html.slice(0, EXAMINED))?.[1]?.trim() ?? '';
  return title === '' ? 'a page without a title' : title;
}

/** One line of bounded length without the bearer. Control characters stay: the terminal's matter. */
function clean(said: string, { bearer }: RefusalContext): string {
  const line = redact(
    said.trim().replace(/\s+/g, ' ').slice(0, EXAMINED),
    bearer === undefined ? [] : [bearer],
  );
  // Two code units make at most one character.
  const characters = Array.from(line.slice(0, 2 * SAID_CAP + 2));
  return characters.length <= SAID_CAP ? line : `${characters.slice(0, SAID_CAP).join('')}…`;
}
