import { isLoopbackHost } from '../qwen/hosts.ts';

/**
 * A URL that a secret may be sent to and a person may be sent to: https, or http on loopback, and
 * no user info, which serves only to make one host look like another. Undefined for anything else.
 */
export function secureUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? url : undefined;
}
