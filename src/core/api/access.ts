/** Endpoint and authentication of one API request. */
export interface Access {
  /** The API base URL, without a trailing slash: `https://portal.qwen.ai/v1`. */
  endpoint: string;
  /** Access token or API key; absent for a keyless server on loopback. */
  bearer?: string | undefined;
  /** The header that carries the bearer alone, in lower case. Default: `Authorization: Bearer`. */
  key_header?: string | undefined;
  /** The kind of authentication, the value of `X-DashScope-AuthType`. */
  auth_type: 'qwen-oauth' | 'openai';
  /** Whether the bearer is the token of a login. */
  login?: boolean;
  /** What to do when the API refuses the bearer, in place of the usual hint. */
  hint?: string;
  /** What to do when the API refuses the connection, in place of the usual hint. */
  gone_hint?: string;
}

/** Gives access: a login that it refreshes, or a fixed key. */
export interface AccessSource {
  /**
   * Access that is valid now. A login that expires within 30 s is refreshed first.
   * @throws AuthError without a usable login; StorageError when the login cannot be read
   */
  get(signal?: AbortSignal): Promise<Access>;
  /**
   * Called once after the API answered 401 to `rejected`. Resolves to new access, or to undefined
   * when there is none: for an API key and for a login without a refresh token.
   */
  renew(rejected: Access, signal?: AbortSignal): Promise<Access | undefined>;
}

/** Access with a fixed key; without a key for a server on loopback. It cannot be renewed. */
export function fixedAccess(
  endpoint: string,
  key: string | undefined,
  key_header?: string,
): AccessSource {
  const access: Access = { endpoint, bearer: key, key_header, auth_type: 'openai' };
  return {
    get: () => Promise.resolve(access),
    renew: () => Promise.resolve(undefined),
  };
}
