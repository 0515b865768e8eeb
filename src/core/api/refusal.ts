import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  QuotaError,
  type QwenDemoError,
} from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { TRANSIENT_CODES, type Permanence } from '../http/retry.ts';
import { given } from '../given.ts';
import { redact } from '../redaction.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { hintFor, type RefusalContext } from './refusal-hints.ts';
import { classify, isLoading, PASSING_CODES, type RefusalClass } from './refusal-rules.ts';
import { type WireError, wireErrorOfText } from './wire-error.ts';

/** Characters of the server's text that an error message repeats. */
const SAID_CAP = 500;

/** Characters of the server's text that patterns search: more would cost too much time. */
const EXAMINED = 16_384;

/**
 * The error to throw for an answer without a 2xx status. Its class decides the exit code, its `code`
 * is ours and stable, its message repeats the server's text: shortened, without the bearer, not
 * made safe for a terminal. Pure.
 * @returns AuthError, QuotaError or ApiError with a code of refusal-rules.ts; ProtocolError
 *   `html_answer` or `waf_page` for a web page
 */
export function refusal(
  status: number,
  headers: HttpResponse['headers'],
  body: string,
  host: string,
  context: RefusalContext,
): QwenDemoError {
  // With these statuses a gateway's web page means what its status means.
  const html = isHtml(headers['content-type'], body);
  if (html && status !== 401 && status !== 429 && status < 500) {
    return webPage(status, body, host, context);
  }
  const error = html ? { message: titleOf(body) } : wireErrorOfText(body.trim());
  const where = `${host} answered HTTP ${status}`;
  return explain(named(error, headers), { status, host, context, where });
}

/**
 * The error to throw for one inside an answer with status 200: in an event of its stream or in its
 * JSON.
 * @returns AuthError, QuotaError or ApiError with a code of refusal-rules.ts
 */
export function reportedError(
  error: WireError,
  { host, headers }: Pick<HttpResponse, 'host' | 'headers'>,
  context: RefusalContext,
): QwenDemoError {
  const where = `${host} reported an error in its answer`;
  return explain(named(error, headers), { status: undefined, host, context, where });
}

/** The request id of the body, else that of the header. */
function named(error: WireError, headers: HttpResponse['headers']): WireError {
  const request_id = error.request_id ?? headers['x-request-id'];
  return request_id === undefined ? error : { ...error, request_id };
}

/** The error to throw for a web page in place of JSON or events: `html_answer` or `waf_page`. */
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
      hint: 'It treats this request as an attack: try again later, from another network, or with a shorter text.',
    });
  }
  const title = clean(titleOf(body), context);
  return new ProtocolError(`${host} answered with a web page (HTTP ${status}): ${title}`, {
    code: 'html_answer',
    status,
    hint: 'Check the base URL: it must be that of an OpenAI-compatible API; most end in /v1.',
  });
}

/** Whether a body is a web page, by its content type or its first characters. */
export function isHtml(content_type: string | undefined, body: string): boolean {
  if (/^\s*<(!doctype\s*html|html|head|body|script|!--)/i.test(body)) return true;
  return /^\s*text\/html\b/i.test(content_type ?? '') && !/^\s*[[{]/.test(body);
}

/** What to do after a refusal whose status may pass. */
export function judgeRefusal(status: number, body: string): Permanence {
  const error = wireErrorOfText(body.trim());
  if (isLoading(error, status)) return 'loading';
  const { kind } = classify(error, status);
  return kind === 'quota' || kind === 'passing' ? 'passing' : 'final';
}

/**
 * Whether the same request may succeed in a moment, after a failure within an answer: the server failed
 * or is too busy, the connection broke, or the answer held nothing.
 */
export function canPass(error: unknown): boolean {
  if (error instanceof QuotaError) return !error.permanent;
  if (error instanceof NetworkError) return TRANSIENT_CODES.has(error.code);
  if (error instanceof ProtocolError) return EMPTY_CODES.has(error.code);
  return error instanceof ApiError && PASSING_CODES.has(error.code);
}

/** Codes of an answer that ended before anything of it came. */
const EMPTY_CODES: ReadonlySet<string> = new Set(['truncated_stream', 'empty_answer']);

interface RefusedRequest {
  /** Undefined inside an answer that began with status 200. */
  status: number | undefined;
  host: string;
  context: RefusalContext;
  where: string;
}

function explain(
  error: WireError,
  { status, host, context, where }: RefusedRequest,
): QwenDemoError {
  const { kind, code } = nameFreeTier(classify(error, status), error, host, context);
  const said = clean(error.message ?? error.code ?? '', context);
  const { model } = context;
  const unknown = code === 'model_not_found' && model !== undefined;
  const details = {
    code,
    ...given({
      choice: unknown ? ({ given: model, among: 'models' } as const) : undefined,
      hint: (kind === 'auth' ? context.hint : undefined) ?? hintFor(code, host, context, error),
      status: status ?? error.status,
      request_id: error.request_id === undefined ? undefined : clean(error.request_id, context),
    }),
  };
  const again =
    context.busy_until === undefined ? '' : ` (it accepts requests again ${context.busy_until})`;
  const message = `${where}: ${said === '' ? 'it gave no reason' : said}${again}`;
  switch (kind) {
    case 'auth':
      return new AuthError(message, details);
    case 'quota':
    case 'exhausted':
      return new QuotaError(message, { ...details, permanent: kind === 'exhausted' });
    case 'api':
    case 'passing':
      return new ApiError(message, details);
  }
}

/** Qwen refuses its own login since the free tier ended: give that as the reason. */
function nameFreeTier(
  refusal_class: RefusalClass,
  error: WireError,
  host: string,
  { auth_type }: RefusalContext,
): RefusalClass {
  if (auth_type !== 'qwen-oauth') return refusal_class;
  const refused = refusal_class.kind === 'auth' || refusal_class.code === 'free_quota_exhausted';
  const qwens =
    isDashScopeHost(host) ||
    /invalid access token or token expired|free allocated quota/i.test(error.message ?? '');
  return refused && qwens ? { ...refusal_class, code: 'free_tier_ended' } : refusal_class;
}

function titleOf(html: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(html.slice(0, EXAMINED))?.[1]?.trim() ?? '';
  return title === '' ? 'a page without a title' : title;
}

/** One line of bounded length without the secrets of the request. The terminal removes control characters. */
function clean(said: string, { bearer, secrets = [] }: RefusalContext): string {
  const line = redact(
    said.trim().replace(/\s+/g, ' ').slice(0, EXAMINED),
    bearer === undefined ? secrets : [bearer, ...secrets],
  );
  // A character has at most two code units.
  const characters = Array.from(line.slice(0, 2 * SAID_CAP + 2));
  return characters.length <= SAID_CAP ? line : `${characters.slice(0, SAID_CAP).join('')}…`;
}
