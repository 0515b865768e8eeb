import { given } from '../given.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import {
  codeOf,
  codesOf,
  isAbsent,
  isSuccess,
  joined,
  messageOf,
  reasonsOf,
  requestIdOf,
  statusOf,
  text,
} from './wire-values.ts';

/** What a server says about a failure, in whichever envelope. */
export interface WireError {
  code?: string;
  /** Further words that name the failure: its type, Google's status and reasons, codes of upstreams. */
  others?: readonly string[];
  message?: string;
  request_id?: string;
  /** An HTTP status from the JSON: from its `code`, `status` or `status_code`. */
  status?: number;
  /** The context window that the server names beside the error, in tokens. */
  window?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Levels of JSON within JSON that are read: a gateway quotes a gateway that quotes a server. */
const DEEPEST_QUOTE = 4;
/** Characters of a text that are searched for JSON. */
const LONGEST_QUOTE = 65_536;
/** Errors of one list that are repeated. */
const MOST_REASONS = 3;

/**
 * The error in a JSON value; undefined when there is none. Known shapes:
 * `{"error":{code,type,message}}` of OpenAI, also beside `choices`; `{"error":"text"}` of the Coding
 * Plan and Ollama, `{"error":"code","error_description":"text"}` of RFC 6749 §5.2, a list of errors;
 * `choices[].error` of OpenRouter, `base_resp` of MiniMax, `{"success":false,"errors"}` of Cloudflare,
 * `{"code","message","request_id"}` of DashScope itself, `{"error_code","error_msg"}` of Baidu,
 * `{"status","msg"}` of iFlow,
 * `{"detail"}` of FastAPI, `{"message"}` of gateways, and a list of any. An object without a value is
 * no error. What a gateway quotes from the server behind it is read too, see {@link withQuotes}.
 */
export function wireErrorOf(value: unknown, depth = 0): WireError | undefined {
  const body: unknown = Array.isArray(value) ? value[0] : value;
  if (!isFields(body)) return undefined;
  const named = namedError(body, depth) ?? errorOfChoices(body, depth) ?? codedError(body, depth);
  if (named !== undefined || holdsChoice(body.choices)) return named;
  if (text(body.message ?? body.Message) || body.object === 'error' || isCoded(body)) {
    return pick(body, body, depth);
  }
  if (isFields(body.message)) return wireErrorOf(body.message, depth);
  const detail = detailOf(body.detail, depth);
  return detail === undefined ? undefined : { ...pick(body, body, depth), ...detail };
}

function holdsChoice(choices: unknown): boolean {
  return Array.isArray(choices) && choices.length > 0;
}

/** Whether a body has a code or a status of a failure, and a text that explains it. */
function isCoded(body: Fields): boolean {
  if (messageOf(body) === undefined) return false;
  const [code, error_code, ...words] = codesOf(body);
  const failed = words.some((word) => typeof word === 'string' && /error|fail/i.test(word));
  return statusOf(body) !== undefined || !isSuccess(code) || !isSuccess(error_code) || failed;
}

/** The error under `error` or `errors`, or where Tencent, Volcengine, iFlytek and Groq put it. */
function namedError(body: Fields, depth: number): WireError | undefined {
  const { errors, Response, ResponseMetadata, header, x_groq } = body;
  const cloud = [Response, ResponseMetadata].find((one) => isFields(one) && isFields(one.Error));
  if (isFields(cloud)) return errorUnder(cloud.Error, cloud, depth);
  if (isFields(header) && isCoded(header)) return pick(header, body, depth);
  const error = body.error ?? body.Error ?? body.err ?? (isFields(x_groq) ? x_groq.error : null);
  const listed: unknown = Array.isArray(errors) && !holdsChoice(body.choices) ? errors : undefined;
  if (Array.isArray(error)) return errorOfList(error, body, depth);
  if (isAbsent(error) && Array.isArray(listed)) return errorOfList(listed, body, depth);
  return errorUnder(error, body, depth);
}

function errorUnder(said: unknown, body: Fields, depth: number): WireError | undefined {
  if (isFields(said)) return isBlank(said) ? undefined : pick(said, body, depth);
  if (typeof said === 'string' && said !== '') return fromString(said, body, depth);
  return said === true ? pick(body, body, depth) : undefined;
}

/** The first error, with the messages of the next ones. */
function errorOfList(list: unknown[], body: Fields, depth: number): WireError | undefined {
  const all = list.slice(0, MOST_REASONS).flatMap((one) => errorUnder(one, body, depth) ?? []);
  const [first] = all;
  return first && { ...first, ...given({ message: joined(all.map(({ message }) => message)) }) };
}

function errorOfChoices({ choices, ...envelope }: Fields, depth: number): WireError | undefined {
  if (!Array.isArray(choices)) return undefined;
  const failed: unknown = choices.find((choice) => isFields(choice) && namedError(choice, depth));
  return isFields(failed) ? namedError({ ...envelope, error: failed.error }, depth) : undefined;
}

/** The error that a code, a flag or a status announces, also beside an answer. */
function codedError(body: Fields, depth: number): WireError | undefined {
  const { base_resp, success, code, message, error_code } = body;
  if (isFields(base_resp) && !isSuccess(base_resp.status_code)) {
    const { status_code } = base_resp;
    return { ...pick(base_resp, body, depth), code: `base_resp ${String(status_code)}` };
  }
  if (success === false || !isSuccess(error_code)) return pick(body, body, depth);
  const native = text(code) !== undefined && text(message) !== undefined && !isSuccess(code);
  return native ? pick(body, body, depth) : undefined;
}

/** Whether no field of an error says anything: servers send such objects beside good answers. */
function isBlank(error: Fields): boolean {
  const { code, ...rest } = error;
  const says = Object.values(rest).some((value) => !isAbsent(value) && value !== false);
  return isSuccess(code) && (!says || !isAbsent(code));
}

/** The error in a text: JSON, or plain text that may begin with a code: `Throttling.RateQuota: …`. */
export function wireErrorOfText(said: string): WireError {
  const value = /^\s*[[{]/.test(said) ? jsonOrUndefined(said) : undefined;
  const error = wireErrorOf(value);
  if (error) return error;
  if (isFields(value) && isFields(value.error)) return {};
  const code = /^([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*):\s/.exec(said)?.[1];
  return given({ message: said, code });
}

function fromString(error: string, body: Fields, depth: number): WireError {
  const explanation = text(body.error_description) ?? text(body.message);
  const picked = pick(body, body, depth);
  if (explanation !== undefined && !/\s/.test(error)) {
    return { ...picked, code: error, message: explanation };
  }
  return withQuotes({ ...picked, message: error }, [error], depth);
}

function pick(error: Fields, envelope: Fields, depth: number): WireError {
  const [code, ...others] = [...codesOf(error).map(codeOf), ...reasonsOf(error)].filter(
    (word) => word !== undefined,
  );
  const picked: WireError = given({
    code,
    others: others.length === 0 ? undefined : others,
    message: messageOf(error),
    request_id: requestIdOf(error) ?? requestIdOf(envelope),
    status: statusOf(error),
    window: typeof error.n_ctx === 'number' ? error.n_ctx : undefined,
  });
  return withQuotes(picked, quotesOf(error), depth, upstreamOf(error, envelope));
}

/** The server behind a gateway: OpenRouter names it beside the error or in its `metadata`. */
function upstreamOf({ metadata, provider }: Fields, envelope: Fields): string | undefined {
  const named = isFields(metadata) ? (text(metadata.provider_name) ?? text(metadata.provider)) : '';
  return text(named) ?? text(provider) ?? text(envelope.provider);
}

/** Where errors quote what another server said. */
function quotesOf(error: Fields): unknown[] {
  const { metadata, message, msg } = error;
  const fields = ['error', 'innererror', 'inner_error', 'upstream_error', 'cause', 'raw'];
  return [
    message ?? msg,
    ...(isFields(metadata) ? [metadata.raw, metadata.reasons, metadata.error] : []),
    ...fields.map((name) => error[name]),
    typeof error.details === 'string' ? error.details : undefined,
  ];
}

/** The error with what it quotes: codes for its class, and each message that says something new. */
function withQuotes(error: WireError, quotes: unknown[], depth: number, upstream?: string) {
  const messages: (string | undefined)[] = [error.message];
  const quoted: WireError[] = [];
  for (const quote of depth < DEEPEST_QUOTE ? quotes : []) {
    const found = quotedError(quote, depth + 1);
    if (found === undefined) continue;
    if (quote === error.message) {
      // JSON in a message gives way to what it says; other text stands there already.
      if (found.before === undefined) continue;
      messages[0] = found.before;
    }
    quoted.push(found.error);
    messages.push(found.error.message);
  }
  if (quoted.length === 0 && upstream === undefined) return error;
  const others = [...(error.others ?? []), ...quoted.flatMap(wordsOf)];
  const [first, ...rest] = messages;
  const from = upstream === undefined || first?.includes(upstream) ? '' : `from ${upstream}`;
  const named = first && from ? `${first.replace(/\.$/, '')} (${from})` : first || from;
  return {
    ...error,
    ...given({
      others: others.length === 0 ? undefined : others,
      message: joined([named, ...rest], ': '),
      status: error.status ?? quoted.find(({ status }) => status !== undefined)?.status,
      window: error.window ?? quoted.find(({ window }) => window !== undefined)?.window,
    }),
  };
}

/** The words of an error that a class can be told by. */
export function wordsOf({ code, others = [] }: WireError): string[] {
  return code === undefined ? [...others] : [code, ...others];
}

/** The error in a quote: JSON as a value, as a text or at the end of one, or the plain text itself. */
function quotedError(
  quote: unknown,
  depth: number,
): { error: WireError; before?: string } | undefined {
  if (Array.isArray(quote) && quote.every((one) => typeof one === 'string')) {
    return quote.length === 0 ? undefined : { error: { message: quote.slice(0, 10).join(', ') } };
  }
  if (typeof quote !== 'string') {
    const error = wireErrorOf(quote, depth);
    return error && { error };
  }
  // The web page of a gateway says nothing in its markup.
  if (quote.trimStart().startsWith('<')) return undefined;
  const at = quote.slice(0, LONGEST_QUOTE).search(/[[{]/);
  const json =
    at === -1
      ? ''
      : quote.slice(at, Math.max(...['}', ']'].map((end) => quote.lastIndexOf(end))) + 1);
  const error =
    json.length <= LONGEST_QUOTE ? wireErrorOf(jsonOrUndefined(json), depth) : undefined;
  if (error) return { error, before: quote.slice(0, at).replace(/[\s:–-]+$/, '') };
  return text(quote.trim()) === undefined ? undefined : { error: { message: quote.trim() } };
}

/** The texts of FastAPI's `detail`: one, or a list of `{loc, msg}`. */
function detailOf(detail: unknown, depth: number): WireError | undefined {
  const list: unknown[] = Array.isArray(detail) ? detail : [detail];
  if (!Array.isArray(detail) && isFields(detail)) return wireErrorOf(detail, depth);
  const messages = list.slice(0, MOST_REASONS).map((one) => {
    if (!isFields(one)) return text(one);
    const place = Array.isArray(one.loc) ? one.loc.filter((step) => step !== 'body').join('.') : '';
    const said = text(one.msg) ?? text(one.message);
    return place === '' || said === undefined ? said : `${place}: ${said}`;
  });
  const message = joined(messages);
  return message === undefined ? undefined : { message };
}
