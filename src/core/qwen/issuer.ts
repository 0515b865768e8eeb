/** The public client of Qwen Code. This program signs in with it, so both can share one login. */
export const QWEN_CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
/** The scope that Qwen Code asks for, space-separated (RFC 6749 §3.3). */
export const QWEN_SCOPE = 'openid profile email model.completion';
/** Qwen's authorization server. */
export const QWEN_ISSUER = 'https://chat.qwen.ai';

/** The endpoints of an issuer, named as in its metadata (RFC 8414 §2, RFC 8628 §4). */
export interface AuthorizationServer {
  issuer: string;
  device_authorization_endpoint: string;
  token_endpoint: string;
  /** RFC 7009. Qwen has none. */
  revocation_endpoint?: string;
}

const DEVICE_PATH = '/api/v1/oauth2/device/code';
const TOKEN_PATH = '/api/v1/oauth2/token';

/** Whether a URL has a path of Qwen's endpoints: a mirror or the sandbox stands for it. */
export function isQwenEndpoint(url: string): boolean {
  return url.endsWith(DEVICE_PATH) || url.endsWith(TOKEN_PATH);
}

/**
 * A server with the paths of Qwen, which publishes no metadata.
 * @param base its origin; a mirror of Qwen or the sandbox has another one than Qwen
 */
export function qwenServer(base: string = QWEN_ISSUER): AuthorizationServer {
  const issuer = base.replace(/\/+$/, '');
  return {
    issuer,
    device_authorization_endpoint: `${issuer}${DEVICE_PATH}`,
    token_endpoint: `${issuer}${TOKEN_PATH}`,
  };
}
