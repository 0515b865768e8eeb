import { ProtocolError, rephrase, SIGN_IN_AGAIN } from '../errors.ts';
import { readRefusal, readText } from '../http/body.ts';
import {
  type HttpRequest,
  type HttpResponse,
  isSuccess,
  type OAuthStep,
  type Send,
  type Timeouts,
} from '../http/message.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import { isQwenEndpoint } from '../qwen/issuer.ts';

/** Bytes. The longest body that an authorization server sends is a page of HTML. */
const BODY_CAP = 1024 * 1024;

/** Milliseconds. A refresh has 10 s in all. */
const POST_TIMEOUTS = { headers: 60_000, body: 60_000, total: 60_000 } as const;

/** The exchanges with an authorization server. */
export const STEPS = {
  device: {
    request:
      'device authorization request (RFC 8628 section 3.1) with a code challenge (RFC 7636 section 4.3)',
    response: 'device authorization response (RFC 8628 section 3.2)',
  },
  refresh: {
    request: 'refresh request (RFC 6749 section 6)',
    response: 'token response (RFC 6749 sections 5.1 and 5.2)',
  },
  revocation: {
    request: 'revocation request (RFC 7009 section 2.1)',
    response: 'revocation response (RFC 7009 section 2.2)',
  },
  poll: {
    request:
      'device access token request (RFC 8628 section 3.4) with the code verifier (RFC 7636 section 4.5)',
    response: 'device access token response (RFC 8628 section 3.5)',
  },
  metadata: {
    request: 'authorization server metadata request (RFC 8414 section 3.1)',
    response: 'authorization server metadata response (RFC 8414 section 3.2)',
  },
} as const satisfies Record<string, OAuthStep>;

/** A repeated field is an array (RFC 8707 §2 repeats `resource`); an undefined one is left out. */
export type FormFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One request to an endpoint of an authorization server. */
export interface FormPost {
  url: string;
  form: FormFields;
  /** What it is, for traces. */
  step: OAuthStep;
  send: Send;
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds. They take the place of what the user set. */
  timeouts?: Partial<Timeouts> | undefined;
  signal?: AbortSignal | undefined;
  onSent?: (() => void) | undefined;
}

/** What an authorization server sent, not yet parsed. */
export interface OAuthResponse {
  /** The server, for messages. */
  host: string;
  /** Whether the endpoint is Qwen's, or that of a mirror with its paths. */
  of_qwen?: boolean | undefined;
  /** The HTTP status. */
  status: number;
  /** The header `Content-Type`, if there was one. */
  content_type?: string | undefined;
  body: string;
}

/**
 * The fields of a response: of a JSON object, or of a form, which GitHub sends to a client that asks
 * for no JSON. Undefined for any other body.
 */
export function fieldsOf({ body }: OAuthResponse): Readonly<Record<string, unknown>> | undefined {
  const json = jsonOrUndefined(body);
  if (isFields(json)) return json;
  if (!/^[\w.-]+=[^\s<>]*$/.test(body.trim())) return undefined;
  return Object.fromEntries(new URLSearchParams(body.trim()));
}

/** `application/x-www-form-urlencoded` with `%20` for a space, as Qwen Code writes it. */
export function encodeForm(form: FormFields): string {
  return Object.entries(form)
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as const))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/**
 * Sends a form to an endpoint of an authorization server (RFC 6749 §3.2, RFC 8628 §3.1, RFC 7009
 * §2.1) and resolves to the response at any status.
 * @throws ProtocolError `invalid_endpoint` for a stored URL that does not parse; the errors of
 *   {@link Send}, the reason of the signal among them
 */
export async function postForm(post: FormPost): Promise<OAuthResponse> {
  if (!URL.canParse(post.url)) {
    throw new ProtocolError('The login names an endpoint that is not a URL', {
      code: 'invalid_endpoint',
      hint: SIGN_IN_AGAIN,
    });
  }
  const response = await sendForm(post);
  const { host, status, headers } = response;
  const body = isSuccess(response)
    ? await readText(response, BODY_CAP)
    : await readRefusal(response);
  const of_qwen = isQwenEndpoint(post.url);
  return { host, of_qwen, status, content_type: headers['content-type'], body };
}

/** @throws ProtocolError `redirect_refused`, and the other errors of {@link Send} */
async function sendForm(post: FormPost): Promise<HttpResponse> {
  const request: HttpRequest = {
    method: 'POST',
    url: post.url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...post.headers,
    },
    body: encodeForm(post.form),
    step: post.step,
    default_timeouts: POST_TIMEOUTS,
    timeouts: post.timeouts,
    signal: post.signal,
    onSent: post.onSent,
  };
  try {
    return await post.send(request);
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 'redirect_refused') throw error;
    throw rephrase(error, {
      hint:
        'No secret is sent on to another address. If your network has a page to sign in to, open it in a\n' +
        'browser. Else check --issuer, or the endpoints that you named.',
    });
  }
}
