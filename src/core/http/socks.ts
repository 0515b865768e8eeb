import { lookup } from 'node:dns/promises';
import { type Socket, connect, isIPv4, isIPv6 } from 'node:net';
import { NetworkError, ProtocolError } from '../errors.ts';
import { describeFailure } from './failure.ts';
import type { Proxy } from './proxy.ts';
import { ADDRESS_TIMEOUT } from './timeouts.ts';
import { proxyPeer, type TunnelProgress } from './tunnel.ts';

/** RFC 1928 §6. */
const REPLIES = [
  '',
  'general failure',
  'connection not allowed',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

/** The replies that say nothing about another address of the same host. */
const OF_ONE_ADDRESS = new Set([1, 3, 4, 5, 6, 8]);

/** The addresses of a host, as the system orders them. */
type Lookup = (host: string) => Promise<{ address: string }[]>;

/**
 * Opens a tunnel through a SOCKS5 proxy (RFC 1928), with user and password (RFC 1929) where the
 * setting names them. With `socks5` the addresses of the host are tried in turn.
 * @throws NetworkError `proxy_refused`; `dns` when `socks5` cannot look up the host here
 * @throws ProtocolError `malformed_socks` when the peer does not speak SOCKS5
 * @throws the untranslated error of the socket
 */
export async function openSocks(
  host: string,
  port: number,
  proxy: Proxy,
  progress: TunnelProgress,
  lookUpAll: Lookup = (name) => lookup(name, { all: true }),
): Promise<Socket> {
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  // The length of a name is one byte.
  if (host.length > 255) throw refused(target, proxy, 'does not take a name this long');
  const local = proxy.url.protocol === 'socks5:';
  const addresses = local ? await lookUp(host, proxy, lookUpAll) : [host];
  let reply = 0;
  for (const address of addresses) {
    const end = Buffer.concat([encode(address), Buffer.from([port >> 8, port])]);
    const answer = await request(target, end, proxy, progress);
    if (typeof answer !== 'number') return answer;
    reply = answer;
    if (!OF_ONE_ADDRESS.has(reply)) break;
  }
  throw refused(target, proxy, `answered "${REPLIES[reply] ?? reply}"`);
}

/**
 * Asks for one connection.
 * @param end address and port of the request
 * @returns the tunnel, or the reply that refuses it
 */
async function request(
  target: string,
  end: Buffer,
  proxy: Proxy,
  { opened, asked }: TunnelProgress,
): Promise<Socket | number> {
  const { url, login } = proxy;
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 1080),
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT,
  });
  opened(socket);
  socket.once('connect', asked);
  const read = reader(socket);
  try {
    socket.write(Uint8Array.from(login ? [5, 2, 0, 2] : [5, 1, 0]));
    const [version, method] = await read(2);
    if (version !== 5) throw notSocks(proxy);
    if (method === 2 && login) await authenticate(socket, read, target, proxy, login);
    else if (method !== 0) throw refusedLogin(target, proxy);

    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), end]));
    const [replied, reply = 1, , type] = await read(4);
    if (replied !== 5) throw notSocks(proxy);
    if (reply !== 0) {
      socket.destroy();
      return reply;
    }
    const size = type === 1 ? 4 : type === 4 ? 16 : ((await read(1))[0] ?? 0);
    await read(size + 2);
    // The reader of the socket sees an error as the end of the stream.
    socket.on('error', () => {});
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function authenticate(
  socket: Socket,
  read: (size: number) => Promise<Buffer>,
  target: string,
  proxy: Proxy,
  { user, password }: NonNullable<Proxy['login']>,
): Promise<void> {
  // Each length is one byte.
  if (user.length > 255 || password.length > 255) throw refusedLogin(target, proxy);
  const lengths = [Buffer.from([1, user.length]), user, Buffer.from([password.length]), password];
  socket.write(Buffer.concat(lengths));
  if ((await read(2))[1] !== 0) throw refusedLogin(target, proxy);
}

async function lookUp(
  host: string,
  { variable, url }: Proxy,
  lookUpAll: Lookup,
): Promise<string[]> {
  try {
    return (await lookUpAll(host)).map(({ address }) => address);
  } catch (cause) {
    const hint = `Let the proxy look the host up: ${variable}=socks5h://${url.host}`;
    throw describeFailure(cause, { name: host, hint });
  }
}

/** The address with its type, without the port. */
function encode(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (isIPv6(host)) return Buffer.from([4, ...groups(host)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

/** The 16 bytes of an IPv6 address. */
function groups(host: string): number[] {
  // The URL parser writes an embedded IPv4 address in hexadecimal.
  const address = new URL(`http://[${host.split('%')[0]}]`).hostname.slice(1, -1);
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** Reads exact sizes and leaves what follows in the socket. */
function reader(socket: Socket): (size: number) => Promise<Buffer> {
  let failure: Error | undefined;
  socket.on('error', (error) => (failure = error));
  return (size) =>
    new Promise((resolve, reject) => {
      const done = () => {
        socket.off('readable', attempt).off('close', attempt).off('end', attempt);
      };
      const attempt = () => {
        const bytes = socket.read(size) as Buffer | null;
        if (bytes?.length === size) {
          done();
          resolve(bytes);
        } else if (failure || socket.destroyed || socket.readableEnded || bytes !== null) {
          done();
          const ended = Object.assign(new Error('The proxy closed'), { code: 'ECONNRESET' });
          reject(failure ?? ended);
        }
      };
      socket.on('readable', attempt).on('close', attempt).on('end', attempt);
      attempt();
    });
}

function refused(target: string, proxy: Proxy, why: string): NetworkError {
  const { name, hint = '' } = proxyPeer(proxy);
  return new NetworkError(`There is no way to ${target}: ${name} ${why}`, {
    code: 'proxy_refused',
    hint,
  });
}

function refusedLogin(target: string, proxy: Proxy): NetworkError {
  const { url, variable, login } = proxy;
  const what = login ? 'refused the user and password' : 'wants a user and a password';
  return new NetworkError(`There is no way to ${target}: ${proxyPeer(proxy).name} ${what}`, {
    code: 'proxy_refused',
    hint: `Set a user and a password: ${variable}=${url.protocol}//USER:PASSWORD@${url.host}`,
  });
}

function notSocks(proxy: Proxy): ProtocolError {
  const { name, hint = '' } = proxyPeer(proxy);
  return new ProtocolError(`${name.replace(/^t/, 'T')} does not speak SOCKS5`, {
    code: 'malformed_socks',
    hint,
  });
}
