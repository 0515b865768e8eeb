import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../../core/ports.ts';

/** RFC 6749 §5.1, as the sandbox answers it. */
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

/** Everything that descends from one approval. */
interface Family {
  client_id: string;
  scope: string;
  /** Counts refreshes: only the refresh token of the newest generation is good. */
  generation: number;
}

export interface TokenOptions {
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'bytes'>;
  /** Seconds an access token lives. */
  token_ttl: number;
  /** Where the tokens lead. */
  resource_url: () => string;
}

const MAX_FAMILIES = 10_000;

/**
 * Signed tokens that name their family and generation. A spent refresh token is recognised by its
 * generation and needs no memory of its own, however often a client refreshes.
 */
export class Tokens {
  readonly #options: TokenOptions;
  readonly #key: Uint8Array;
  readonly #families = new Map<string, Family>();

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#key = options.random.bytes(32);
  }

  /** Begins a family. */
  issue(client_id: string, scope: string): TokenResponse {
    const id = Buffer.from(this.#options.random.bytes(16)).toString('base64url');
    const family: Family = { client_id, scope, generation: 0 };
    const [oldest] = this.#families.keys();
    if (this.#families.size >= MAX_FAMILIES && oldest !== undefined) this.#families.delete(oldest);
    this.#families.set(id, family);
    return this.#respond(id, family);
  }

  /** Rotates. Undefined when the refresh token is not good (any more). */
  refresh(refresh_token: string, client_id: string): TokenResponse | undefined {
    const token = this.#open('rt', refresh_token);
    const family = token && this.#families.get(token.id);
    if (!token || family?.client_id !== client_id) return undefined;
    if (token.generation !== family.generation) {
      // RFC 9700 §4.14.2: an old refresh token means that somebody stole one, so all of them die.
      this.#families.delete(token.id);
      return undefined;
    }
    family.generation += 1;
    return this.#respond(token.id, family);
  }

  /** Whether the access token is of a living family and has not expired. */
  accepts(access_token: string): boolean {
    const token = this.#open('at', access_token);
    return (
      token !== undefined &&
      this.#families.has(token.id) &&
      this.#options.clock.now() < token.expires
    );
  }

  /**
   * RFC 7009 §2.1: either kind of token ends its whole family; an unknown one is nobody's loss.
   * False when the token was issued to another client.
   */
  revoke(text: string, client_id: string): boolean {
    const token = this.#open('rt', text) ?? this.#open('at', text);
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

  #open(
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
