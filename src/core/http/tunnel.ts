import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { NetworkError, ProtocolError } from '../errors.ts';
import { given } from '../given.ts';
import type { Peer } from './peer.ts';
import type { Proxy } from './proxy.ts';
import { ADDRESS_TIMEOUT } from './timeouts.ts';

/** A proxy as the peer that failed. */
export function proxyPeer({ url, variable }: Proxy): Peer {
  return {
    name: `the proxy ${url.host}`,
    hint: `Check ${variable}, or name the host in NO_PROXY if it needs no proxy.`,
  };
}

/** What the caller of {@link openTunnel} is told while the tunnel opens. */
export interface TunnelProgress {
  /** Receives what to destroy to cancel. */
  opened: (one: { destroy(): unknown }) => void;
  /** The proxy is connected, and was asked. */
  asked: () => void;
}

/**
 * Opens a tunnel with one CONNECT (RFC 9110 §9.3.6), which is not repeated. The caller
 * limits the time.
 * @throws NetworkError `proxy_refused` for any response but 2xx
 * @throws ProtocolError `malformed_http` for a status below 100
 * @throws the untranslated error of the socket or the parser
 */
export async function openTunnel(
  host: string,
  port: number,
  proxy: Proxy,
  progress: TunnelProgress,
): Promise<Socket> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { url, login } = proxy;
  const secure = url.protocol === 'https:';
  const send = secure ? (await import('node:https')).request : httpRequest;
  return new Promise((resolve, reject) => {
    const options = {
      agent: false,
      method: 'CONNECT',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      path: target,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT,
      headers: given({
        host: target,
        'proxy-connection': 'keep-alive',
        'proxy-authorization': login && basic(login),
      }),
    };
    const request = send(options);
    progress.opened(request);
    request.once('finish', progress.asked);
    request.once('connect', ({ statusCode = 0 }, socket, head) => {
      // The reader of the socket sees an error as the end of the stream.
      socket.on('error', () => {});
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(refusal(statusCode, target, proxy));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('error', reject);
    request.end();
  });
}

/** The value of `Proxy-Authorization` (RFC 7617). */
function basic({ user, password }: NonNullable<Proxy['login']>): string {
  return `Basic ${Buffer.concat([user, Buffer.from(':'), password]).toString('base64')}`;
}

function refusal(status: number, target: string, proxy: Proxy): Error {
  const { name, hint = '' } = proxyPeer(proxy);
  if (status < 100) {
    const message = `The proxy ${proxy.url.host} sent something that is not HTTP`;
    return new ProtocolError(message, { code: 'malformed_http', hint });
  }
  return new NetworkError(`There is no way to ${target}: ${name} answered ${status}`, {
    code: 'proxy_refused',
    hint: hintFor(status, target, proxy) ?? hint,
  });
}

function hintFor(status: number, target: string, { url, variable }: Proxy): string | undefined {
  if (status === 407) {
    return `Set a user and a password: ${variable}=${url.protocol}//USER:PASSWORD@${url.host}`;
  }
  // Squid's default. Plain http goes through a tunnel too.
  if ((status === 403 || status === 405) && !target.endsWith(':443')) {
    return `Many proxies allow CONNECT to port 443 only. Ask its administrator to allow ${target}, or name the host in NO_PROXY if it needs no proxy.`;
  }
  return undefined;
}
