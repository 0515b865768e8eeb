import { createHash } from 'node:crypto';
import type { DeviceCode, DeviceCodes } from './device-codes.ts';
import { mediaType, readBody, ErrorReply, type Exchange, type Reply } from '../router.ts';
import type { TokenResponse, Tokens } from './tokens.ts';

/** Qwen's public client id, the default of the sandbox. */
export const DEFAULT_CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
/** The scope of a request without one. */
export const DEFAULT_SCOPE = 'openid profile email model.completion';

/** The paths of the authorization server. */
export const OAUTH_PATHS = {
  device: '/api/v1/oauth2/device/code',
  token: '/api/v1/oauth2/token',
  revoke: '/api/v1/oauth2/revoke',
  metadata: '/.well-known/oauth-authorization-server',
  authorize: '/authorize',
} as const;

/** What the authorization server needs. */
export interface AuthorizationOptions {
  /** `http://127.0.0.1:PORT`, which is also the issuer. */
  url: () => string;
  codes: DeviceCodes;
  tokens: Tokens;
  /** The known client ids. All are public clients. */
  clients: ReadonlySet<string>;
  auto_approve: boolean;
  /** The `expires_in` of the device authorization response, in seconds. */
  device_code_ttl: number;
  /** The `interval` of the device authorization response, in seconds. */
  interval: number;
  /** Called with the grant of each token request. */
  onGrant: (grant: 'device_code' | 'refresh_token') => void;
}

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 16 * 1024;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const BASE64URL_SHA256 = /^[A-Za-z0-9_-]{43}$/;
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/; // RFC 7636 §4.1
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/; // RFC 6749 §3.3

/** The device authorization grant (RFC 8628) with PKCE (RFC 7636), for public clients. */
export class AuthorizationServer {
  readonly #options: AuthorizationOptions;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** Authorization server metadata (RFC 8414 §2). */
  metadata(): Reply {
    const url = this.#options.url();
    return {
      status: 200,
      body: {
        issuer: url,
        device_authorization_endpoint: url + OAUTH_PATHS.device,
        token_endpoint: url + OAUTH_PATHS.token,
        revocation_endpoint: url + OAUTH_PATHS.revoke,
        grant_types_supported: [DEVICE_GRANT, 'refresh_token'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ['none'],
        revocation_endpoint_auth_methods_supported: ['none'],
        code_challenge_methods_supported: ['S256'],
        scopes_supported: DEFAULT_SCOPE.split(' '),
      },
    };
  }

  /** Device authorization (RFC 8628 §3.1 and §3.2). @throws ErrorReply 400, 401, 413 */
  async device(exchange: Exchange): Promise<Reply> {
    const form = await readForm(exchange);
    const client_id = this.#client(form);
    if (form.get('code_challenge_method') !== 'S256') {
      throw oauthError('invalid_request', 'code_challenge_method must be S256');
    }
    const code_challenge = form.get('code_challenge') ?? '';
    if (!BASE64URL_SHA256.test(code_challenge)) {
      throw oauthError('invalid_request', 'code_challenge must be a base64url SHA-256');
    }
    const scope = form.get('scope') ?? DEFAULT_SCOPE;
    if (!SCOPE.test(scope)) throw oauthError('invalid_scope', 'malformed scope');

    const { codes, auto_approve, device_code_ttl, interval } = this.#options;
    const code = codes.create(client_id, scope, code_challenge);
    if (auto_approve) code.state = 'approved';
    const verification_uri = this.#options.url() + OAUTH_PATHS.authorize;
    return {
      status: 200,
      body: {
        device_code: code.device_code,
        user_code: code.user_code,
        verification_uri,
        verification_uri_complete: `${verification_uri}?user_code=${code.user_code}`,
        expires_in: device_code_ttl,
        interval,
      },
    };
  }

  /** Token endpoint (RFC 6749 §3.2). @throws ErrorReply 400, 401, 413, 429 */
  async token(exchange: Exchange): Promise<Reply> {
    const form = await readForm(exchange);
    switch (form.get('grant_type')) {
      case DEVICE_GRANT:
        this.#options.onGrant('device_code');
        return this.#poll(form);
      case 'refresh_token':
        this.#options.onGrant('refresh_token');
        return this.#refresh(form);
      case undefined:
        throw oauthError('invalid_request', 'grant_type is missing');
      default:
        throw oauthError('unsupported_grant_type', 'device_code and refresh_token are supported');
    }
  }

  /** Token revocation (RFC 7009 §2). @throws ErrorReply 400, 401, 413 */
  async revoke(exchange: Exchange): Promise<Reply> {
    const form = await readForm(exchange);
    const client_id = this.#client(form);
    const token = form.get('token');
    if (token === undefined) throw oauthError('invalid_request', 'token is missing');
    if (!this.#options.tokens.revoke(token, client_id)) {
      throw oauthError('invalid_request', 'the token belongs to another client');
    }
    return { status: 200, body: '' };
  }

  /** RFC 8628 §3.4 and §3.5. */
  #poll(form: Form): Reply {
    const client_id = this.#client(form);
    const code = this.#options.codes.get(required(form, 'device_code'));
    const code_verifier = required(form, 'code_verifier');
    if (code?.client_id !== client_id || !matchesChallenge(code_verifier, code.code_challenge)) {
      throw oauthError('invalid_grant', 'unknown device_code, or wrong client or code_verifier');
    }
    if (code.state === 'used')
      throw oauthError('invalid_grant', 'the device_code was already used');
    if (this.#options.codes.isExpired(code)) {
      throw oauthError('expired_token', 'the device_code has expired');
    }
    if (code.state === 'pending') throw this.#pending(code);
    if (code.state === 'denied') throw oauthError('access_denied', 'the request was denied');
    code.state = 'used';
    return tokenReply(this.#options.tokens.issue(client_id, code.scope));
  }

  #pending(code: DeviceCode): ErrorReply {
    if (this.#options.codes.isTooFast(code)) {
      // Qwen answers 429 where the RFC has 400.
      return oauthError('slow_down', 'polling too frequently', 429);
    }
    return oauthError('authorization_pending', 'the request is still pending');
  }

  /** RFC 6749 §6. Qwen answers `invalid_request` for a dead refresh token, not `invalid_grant`. */
  #refresh(form: Form): Reply {
    const response = this.#options.tokens.refresh(
      required(form, 'refresh_token'),
      form.get('client_id') ?? '',
    );
    if (!response) throw oauthError('invalid_request', 'Invalid refresh token or client_id');
    return tokenReply(response);
  }

  #client(form: Form): string {
    const client_id = required(form, 'client_id');
    if (!this.#options.clients.has(client_id)) {
      throw oauthError('invalid_client', 'unknown client_id', 401);
    }
    return client_id;
  }
}

type Form = ReadonlyMap<string, string>;

async function readForm({ request }: Exchange): Promise<Form> {
  if (mediaType(request) !== FORM) {
    throw oauthError('invalid_request', `content-type must be ${FORM}`);
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(await readBody(request, MAX_FORM_BYTES))) {
    // RFC 6749 §3.2: a parameter must not repeat, and an empty one counts as omitted. RFC 8707 §2
    // lets `resource` repeat. The sandbox ignores it: a token is valid for the whole sandbox.
    if (form.has(name) && name !== 'resource')
      throw oauthError('invalid_request', 'a parameter is repeated');
    if (value !== '') form.set(name, value);
  }
  return form;
}

function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw oauthError('invalid_request', `${name} is missing`);
  return value;
}

/** RFC 7636 §4.6. */
function matchesChallenge(code_verifier: string, code_challenge: string): boolean {
  if (!CODE_VERIFIER.test(code_verifier)) return false;
  return createHash('sha256').update(code_verifier).digest('base64url') === code_challenge;
}

function tokenReply(body: TokenResponse): Reply {
  // RFC 6749 §5.1; Cache-Control: no-store is on every reply.
  return { status: 200, headers: { pragma: 'no-cache' }, body };
}

/** RFC 6749 §5.2. */
function oauthError(error: string, error_description: string, status = 400): ErrorReply {
  return new ErrorReply({ status, body: { error, error_description } });
}
