/** The public client Qwen Code signs in with; this program is another front end to the same login. */
export const QWEN_CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
export const QWEN_SCOPE = 'openid profile email model.completion';
export const QWEN_ISSUER = 'https://chat.qwen.ai';

/** The endpoints of an issuer, named as in its metadata (RFC 8414 §2, RFC 8628 §4). */
export interface AuthorizationServer {
  issuer: string;
  device_authorization_endpoint: string;
  token_endpoint: string;
  /** RFC 7009. Qwen has none. */
  revocation_endpoint?: string;
}

/** A server whose paths are those of Qwen, which publishes no metadata. `base` is its origin. */
export function qwenServer(base: string = QWEN_ISSUER): AuthorizationServer {
  const issuer = base.replace(/\/+$/, '');
  return {
    issuer,
    device_authorization_endpoint: `${issuer}/api/v1/oauth2/device/code`,
    token_endpoint: `${issuer}/api/v1/oauth2/token`,
  };
}
