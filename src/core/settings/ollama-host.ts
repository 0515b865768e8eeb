/** The address of Ollama in `OLLAMA_HOST`, which is also set where Ollama only serves. */
import { parseEndpoint } from '../qwen/endpoint.ts';
import { keysIn, type KeySetting, OLLAMA_HOST } from './api-key.ts';
import { type Environment, fromEnvironment } from './layers.ts';

/** Of an address without one; a URL with a scheme has that of its scheme, as for Ollama. */
const DEFAULT_PORT = 11_434;

/**
 * The API of the Ollama that the variable names. No key is sent there: those in the environment are
 * for other servers.
 * @throws UsageError `invalid_base_url`, `plain_http`
 */
export function ollamaSetting(env: Environment, allow_http?: boolean): KeySetting | undefined {
  const named = fromEnvironment(env, OLLAMA_HOST);
  if (named === undefined) return undefined;
  const value = parseEndpoint(ollamaUrl(named.value), OLLAMA_HOST, allow_http);
  return { key: undefined, endpoint: { ...named, value }, stored: false, unused: keysIn(env) };
}

/**
 * The URL of the API by the rules of Ollama's own client: `HOST`, `HOST:PORT`, `:PORT` or a URL. The
 * address of all interfaces, at which a server listens, stands for this machine; a port that is none
 * is the default one; quotation marks do not count.
 */
export function ollamaUrl(text: string): string {
  const plain = text
    .trim()
    .replaceAll(/^["']+|["']+$/g, '')
    .trim();
  const [, scheme = '', authority = '', path = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/]*)(.*)$/is.exec(plain) ?? [];
  if (scheme === '' && authority.toLowerCase() === 'ollama.com') return 'https://ollama.com/v1';
  const [host, port] = splitHost(authority);
  const known = /^\d{1,5}$/.test(port) && Number(port) <= 65_535;
  const given = known ? `:${port}` : '';
  const base = path.replace(/\/+$/, '');
  return (
    `${scheme || 'http'}://${localHost(host)}${given || (scheme === '' ? `:${DEFAULT_PORT}` : '')}` +
    (/\/v1$/i.test(base) ? base : `${base}/v1`)
  );
}

function splitHost(authority: string): [host: string, port: string] {
  // An IPv6 address may stand without brackets: ::1.
  if (/^[^[\]]*:[^[\]]*:/.test(authority)) return [`[${authority}]`, ''];
  const [, host = '', port = ''] = /^(\[.*\]|[^:]*)(?::(.*))?$/s.exec(authority) ?? [];
  return [host, port];
}

function localHost(host: string): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  return host === '[::]' ? '[::1]' : host;
}
