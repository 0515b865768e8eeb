import { given } from '../given.ts';
import { isFields, jsonOrUndefined } from '../json.ts';

/** What a server says about a failure, in whichever envelope. */
export interface WireError {
  code?: string;
  message?: string;
  request_id?: string;
  /** An HTTP status from the JSON: from its `code`, `status` or `status_code`. */
  status?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The error in a JSON value; undefined when there is none. Known shapes:
 * `{"error":{code,type,message}}` of OpenAI, also beside `choices`; `{"error":"text"}` of the Coding
 * Plan and Ollama, `{"error":"code","error_description":"text"}` of RFC 6749 §5.2, a list of errors;
 * `choices[].error` of OpenRouter, `base_resp` of MiniMax, `{"success":false,"errors"}` of Cloudflare,
 * `{"code","message","request_id"}` of DashScope itself, `{"error_code","error_msg"}` of Baidu,
 * `{"detail"}` of FastAPI, `{"message"}` of gateways, and a list of any. An object without a value is
 * no error.
 */
export function wireErrorOf(value: unknown): WireError | undefined {
  const body: unknown = Array.isArray(value) ? value[0] : value;
  if (!isFields(body)) return undefined;
  const named = namedError(body) ?? errorOfChoices(body) ?? codedError(body);
  if (named !== undefined || holdsChoice(body.choices)) return named;
  if (text(body.message) !== undefined || body.object === 'error') return pick(body, body);
  const detail = detailOf(body.detail);
  return detail === undefined ? undefined : { ...pick(body, body), message: detail };
}

function holdsChoice(choices: unknown): boolean {
  return Array.isArray(choices) && choices.length > 0;
}

/** The error under `error` or `errors`. */
function namedError(body: Fields): WireError | undefined {
  const { error, errors } = body;
  const listed: unknown =
    Array.isArray(errors) && !holdsChoice(body.choices) ? errors[0] : undefined;
  const said: unknown = (Array.isArray(error) ? error[0] : error) ?? listed;
  if (isFields(said)) return isBlank(said) ? undefined : pick(said, body);
  if (typeof said === 'string' && said !== '') return fromString(said, body);
  return said === true ? pick(body, body) : undefined;
}

function errorOfChoices({ choices, ...envelope }: Fields): WireError | undefined {
  if (!Array.isArray(choices)) return undefined;
  const failed: unknown = choices.find((choice) => isFields(choice) && namedError(choice));
  return isFields(failed) ? namedError({ ...envelope, error: failed.error }) : undefined;
}

/** The error that a code, a flag or a status announces, also beside an answer. */
function codedError(body: Fields): WireError | undefined {
  const { base_resp, success, code, message, error_code } = body;
  if (isFields(base_resp) && !isSuccess(base_resp.status_code)) return pick(base_resp, body);
  if (success === false || !isSuccess(error_code)) return pick(body, body);
  const native = text(code) !== undefined && text(message) !== undefined && !isSuccess(code);
  return native ? pick(body, body) : undefined;
}

/** Whether a code says that all is well, or nothing. */
function isSuccess(code: unknown): boolean {
  if (typeof code === 'string') return /^(|0+|200|ok|success)$/i.test(code.trim());
  return typeof code !== 'number' || code === 0 || code === 200;
}

/** Whether no field of an error says anything: servers send such objects beside good answers. */
function isBlank(error: Fields): boolean {
  const { code, ...rest } = error;
  const says = Object.values(rest).some(
    (value) => value !== null && value !== undefined && value !== '' && value !== false,
  );
  return isSuccess(code) && (!says || (code !== undefined && code !== null && code !== ''));
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

function fromString(error: string, body: Fields): WireError {
  const explanation = text(body.error_description) ?? text(body.message);
  if (explanation === undefined || /\s/.test(error)) return { ...pick(body, body), message: error };
  return { ...pick(body, body), code: error, message: explanation };
}

function pick(error: Fields, envelope: Fields): WireError {
  const status =
    httpStatus(error.code) ?? httpStatus(error.status) ?? httpStatus(error.status_code);
  const code = httpStatus(error.code) === undefined ? text(error.code) : undefined;
  const message =
    text(error.message) ?? text(error.msg) ?? text(error.status_msg) ?? text(error.error_msg);
  return given({
    code: code ?? text(error.type),
    message,
    request_id: text(error.request_id) ?? text(envelope.request_id),
    status,
  });
}

function detailOf(detail: unknown): string | undefined {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  return isFields(first) ? (text(first.msg) ?? text(first.message)) : text(first);
}

function httpStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 400 && number <= 599 ? number : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
