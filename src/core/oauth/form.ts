import { ProtocolError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { Send, Timeouts } from '../http/message.ts';

/** No answer of an authorization server is longer: a page of HTML at most. */
const BODY_CAP = 1024 * 1024;

/** Shorter than those of the API: a token endpoint looks something up and answers. */
export const OAUTH_TIMEOUTS = { headers: 15_000, body: 15_000 } as const;

/** A repeated field is an array (RFC 8707 §2 repeats `resource`); an undefined one is left out. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface FormPost {
  url: string;
  form: Form;
  send: Send;
  headers?: Readonly<Record<string, string>>;
  /** Whatever the user sets. */
  timeouts?: Partial<Timeouts> | undefined;
  signal?: AbortSignal | undefined;
  onSent?: (() => void) | undefined;
}

/** An answer as received, not yet understood. */
export interface Answer {
  /** Who answered, for messages. */
  host: string;
  status: number;
  body: string;
}

/** `application/x-www-form-urlencoded` with `%20` for a space, as Qwen Code writes it. */
export function encodeForm(form: Form): string {
  return Object.entries(form)
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as const))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/**
 * RFC 6749 §3.2: one POST to an endpoint of an authorization server, whatever it answers.
 * @throws ProtocolError `invalid_endpoint` for a stored one that is no URL; NetworkError,
 *   ProtocolError for a redirect, and the signal's reason, as `Send` does
 */
export async function postForm(post: FormPost): Promise<Answer> {
  if (!URL.canParse(post.url)) {
    throw new ProtocolError('The login names an endpoint that is not a URL', {
      code: 'invalid_endpoint',
      hint: 'Sign in again: qwen-demo auth',
    });
  }
  const response = await post.send({
    method: 'POST',
    url: post.url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...post.headers,
    },
    body: encodeForm(post.form),
    default_timeouts: OAUTH_TIMEOUTS,
    timeouts: post.timeouts,
    signal: post.signal,
    onSent: post.onSent,
  });
  const { host, status } = response;
  return { host, status, body: await readText(response, BODY_CAP) };
}
