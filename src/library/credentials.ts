/** The credentials of a login, with the field names of the file that this program shares with Qwen Code. */
export interface Credentials {
  access_token: string;
  refresh_token?: string | undefined;
  token_type?: string | undefined;
  /** Host or URL of the API of this login. */
  resource_url?: string | undefined;
  /** Milliseconds since the epoch. What is no finite number counts as absent: the token has expired. */
  expiry_date: number;
  issuer?: string | undefined;
  client_id?: string | undefined;
  token_endpoint?: string | undefined;
  revocation_endpoint?: string | undefined;
  scope?: string | undefined;
  /** Fields of other programs are kept. */
  [field: string]: unknown;
}

/**
 * Where a session keeps its credentials. What a method rejects with becomes the `cause` of a StorageError
 * `store_failed`.
 */
export interface Store {
  /** Resolves to undefined or null while there are none. */
  load(): Promise<Credentials | null | undefined>;
  /** Replaces them. When this rejects after a refresh, the session goes on with the new ones in memory. */
  save(credentials: Credentials): Promise<void>;
}
