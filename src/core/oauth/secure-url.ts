import { isLoopbackHost } from '../qwen/hosts.ts';

/**
 * Parses a URL that may receive secrets and that a browser may open: https, or http on loopback, and
 * without user info, which can make one host look like another. Undefined for any other text.
 */
export function secureUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? url : undefined;
}
