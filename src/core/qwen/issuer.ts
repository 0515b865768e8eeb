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

/**
 * A server with the paths of Qwen, which publishes no metadata.
 * @param base its origin; a mirror of Qwen or the sandbox has another one than Qwen
 */
export function qwenServer(base: string = QWEN_ISSUER): AuthorizationServer {
  const issuer = base.replace(/\/+$/, '');
  return {
    issuer,
    device_authorization_endpoint: `${issuer}/api/v1/oauth2/device/code`,
    token_endpoint: `${issuer}/api/v1/oauth2/token`,
  };
}
