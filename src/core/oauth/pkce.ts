import { createHash } from 'node:crypto';
import type { Random } from '../ports.ts';

/** RFC 7636 §4.1: 32 random bytes as base64url, which makes 43 characters. */
export function createCodeVerifier(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

/** RFC 7636 §4.2, method S256. */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
