import { given } from '../given.ts';
import { jsonOrUndefined } from '../json.ts';

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
 * `{"error":{code,type,message}}` of OpenAI, `{"error":"text"}` of the Coding Plan and Ollama,
 * `{"error":"code","error_description":"text"}` of RFC 6749 §5.2, `{"code","message","request_id"}`
 * of DashScope itself, `{"detail"}` of FastAPI, `{"message"}` of gateways, and a list of any.
 */
export function wireErrorOf(value: unknown): WireError | undefined {
  const body: unknown = Array.isArray(value) ? value[0] : value;
  if (!isFields(body)) return undefined;
  if (isFields(body.error)) return pick(body.error, body);
  if (typeof body.error === 'string' && body.error !== '') return fromString(body.error, body);
  if (Array.isArray(body.choices)) return undefined;
  if (text(body.message) !== undefined || body.object === 'error') return pick(body, body);
  const detail = detailOf(body.detail);
  return detail === undefined ? undefined : { ...pick(body, body), message: detail };
}

/** The error in a text: JSON, or plain text that may begin with a code: `Throttling.RateQuota: …`. */
export function wireErrorOfText(said: string): WireError {
  const error = /^\s*[[{]/.test(said) ? wireErrorOf(jsonOrUndefined(said)) : undefined;
  if (error) return error;
  const code = /^([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*):\s/.exec(said)?.[1];
  return given({ message: said, code });
}

/** Whether a JSON value is an object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  return given({
    code: code ?? text(error.type),
    message: text(error.message),
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
