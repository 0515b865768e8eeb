/** What one API request needs to be let in. */
export interface Access {
  /** The API base URL, without a trailing slash: `https://portal.qwen.ai/v1`. */
  endpoint: string;
  /** Access token or API key; absent for a keyless server on loopback. */
  bearer?: string | undefined;
  /** How we got in; becomes `X-DashScope-AuthType`. */
  auth_type: 'qwen-oauth' | 'openai';
}

/** Where access comes from: a login that is kept fresh, or a fixed key. */
export interface AccessSource {
  /**
   * Access that is good now; a login is refreshed first when it is about to expire.
   * @throws AuthError when there is no usable login, StorageError when it cannot be read
   */
  get(signal?: AbortSignal): Promise<Access>;
  /**
   * Called once after the API answered 401 to `rejected`. Resolves to new access, or to undefined
   * when there is nothing newer to try (an API key, a login that cannot be refreshed).
   */
  renew(rejected: Access, signal?: AbortSignal): Promise<Access | undefined>;
}

/** A fixed key, or none for a server on loopback that wants none. There is nothing to renew. */
export function fixedAccess(endpoint: string, key: string | undefined): AccessSource {
  const access: Access = { endpoint, bearer: key, auth_type: 'openai' };
  return {
    get: () => Promise.resolve(access),
    renew: () => Promise.resolve(undefined),
  };
}
