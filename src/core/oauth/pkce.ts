import { createHash } from 'node:crypto';
import type { Random } from '../ports.ts';

/** A `code_verifier` (RFC 7636 §4.1): 32 random bytes as base64url, 43 characters. */
export function createCodeVerifier(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

/** The `code_challenge` of a verifier by the method S256 (RFC 7636 §4.2). */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
