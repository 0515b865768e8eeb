import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../../core/ports.ts';

/** A token response (RFC 6749 §5.1) with Qwen's `resource_url`. */
export interface TokenResponse {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
  scope: string;
  resource_url: string;
  [extension: string]: unknown;
}

/** All tokens of one approval. */
interface Family {
  client_id: string;
  scope: string;
  /** The number of refreshes. Only the refresh token of the newest generation is valid. */
  generation: number;
}

/** What the token store needs. */
export interface TokenOptions {
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'bytes'>;
  /** Lifetime of an access token in seconds. */
  token_ttl: number;
  /** The `resource_url` of each token response. */
  resource_url: () => string;
}

const MAX_FAMILIES = 10_000;

/**
 * Issues signed tokens that carry their family and generation. A used refresh token has an old
 * generation, so that the store keeps only one entry for each family.
 */
export class Tokens {
  readonly #options: TokenOptions;
  readonly #key: Uint8Array;
  readonly #families = new Map<string, Family>();

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#key = options.random.bytes(32);
  }

  /** Issues the first tokens of a new family. */
  issue(client_id: string, scope: string): TokenResponse {
    const id = Buffer.from(this.#options.random.bytes(16)).toString('base64url');
    const family: Family = { client_id, scope, generation: 0 };
    const [oldest] = this.#families.keys();
    if (this.#families.size >= MAX_FAMILIES && oldest !== undefined) this.#families.delete(oldest);
    this.#families.set(id, family);
    return this.#respond(id, family);
  }

  /** Issues new tokens and ends the old ones. Undefined when the refresh token is not valid. */
  refresh(refresh_token: string, client_id: string): TokenResponse | undefined {
    const token = this.#verify('rt', refresh_token);
    const family = token && this.#families.get(token.id);
    if (!token || family?.client_id !== client_id) return undefined;
    if (token.generation !== family.generation) {
      // RFC 9700 §4.14.2: a used refresh token may be stolen, so the whole family is revoked.
      this.#families.delete(token.id);
      return undefined;
    }
    family.generation += 1;
    return this.#respond(token.id, family);
  }

  /** True for an access token of a known family that has not expired. */
  accepts(access_token: string): boolean {
    const token = this.#verify('at', access_token);
    return (
      token !== undefined &&
      this.#families.has(token.id) &&
      this.#options.clock.now() < token.expires
    );
  }

  /**
   * Revokes the family of an access or refresh token (RFC 7009 §2.1). An unknown token counts as
   * revoked (§2.2). False when the token belongs to another client.
   */
  revoke(text: string, client_id: string): boolean {
    const token = this.#verify('rt', text) ?? this.#verify('at', text);
    const family = token && this.#families.get(token.id);
    if (!token || !family) return true;
    if (family.client_id !== client_id) return false;
    return this.#families.delete(token.id);
  }

  #respond(id: string, family: Family): TokenResponse {
    const { clock, token_ttl, resource_url } = this.#options;
    const expires = clock.now() + token_ttl * 1000;
    return {
      access_token: this.#sign(`at.${id}.${family.generation}.${expires}`),
      refresh_token: this.#sign(`rt.${id}.${family.generation}.0`),
      token_type: 'Bearer',
      expires_in: token_ttl,
      scope: family.scope,
      resource_url: resource_url(),
    };
  }

  #sign(payload: string): string {
    return `${payload}.${createHmac('sha256', this.#key).update(payload).digest('base64url')}`;
  }

  #verify(
    kind: 'at' | 'rt',
    text: string,
  ): { id: string; generation: number; expires: number } | undefined {
    const fields = text.split('.', 6);
    const [actual, id, generation, expires] = fields;
    if (fields.length !== 5 || actual !== kind || id === undefined) return undefined;
    const expected = Buffer.from(this.#sign(fields.slice(0, 4).join('.')));
    const given = Buffer.from(text);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return { id, generation: Number(generation), expires: Number(expires) };
  }
}
