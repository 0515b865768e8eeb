import type { Socket } from 'node:net';
import type { Client, Dispatcher, buildConnector } from 'undici';
import { describeFailure } from './failure.ts';
import type { Timeouts } from './message.ts';
import type { Peer } from './peer.ts';
import type { Proxy } from './proxy.ts';
import { timeoutError, type Wait } from './timeouts.ts';
import type { Undici } from './undici.ts';

/** A connection to one origin. It carries one exchange at a time and is kept for the next one. */
export interface Connection {
  /** Of the exchange that uses it now. */
  timeouts: Timeouts;
  /** Who failed when an exchange fails after it was sent. */
  peer: Peer;
  /** False once it was destroyed. It connects again by itself when the server has closed it. */
  readonly usable: boolean;
  dispatch: (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => void;
  /** Fails the exchange and closes all sockets at once, also those that do not yet connect. */
  destroy: (reason: Error) => void;
  /** The same, because the first byte did not come in time. */
  expire: () => void;
}

/**
 * undici's agents lack three things that are needed here: an abort does not reach a socket that is
 * being connected, nor a CONNECT; a CONNECT that the proxy cuts is repeated without end (measured:
 * 5,000 in 8 s); and an error does not tell whether the proxy or the host failed.
 */
export function createConnection(
  { Client, ...undici }: Undici,
  origin: string,
  proxy: Proxy | undefined,
  timeouts: Timeouts,
): Connection {
  let attempt: Attempt | undefined;
  const { host } = new URL(origin);
  const peer = { name: proxy ? `${host} (through the proxy ${proxy.url.host})` : host };
  const client: Client = new Client(origin, {
    connect(target, callback) {
      const end = (...result: Parameters<typeof callback>) => {
        attempt = undefined;
        callback(...result);
      };
      attempt = connect(undici, target, { proxy, peer, timeouts: connection.timeouts }, end);
    },
  });
  // By itself it connects again, without end, after an error of some codes.
  client.on('connectionError', (_origin, _targets, error) => connection.destroy(error));

  const connection: Connection = {
    timeouts,
    peer,
    get usable() {
      return !client.destroyed;
    },
    dispatch: (options, handler) => void client.dispatch(options, handler),
    destroy(reason) {
      attempt?.cancel(reason);
      void client.destroy(reason);
    },
    expire() {
      if (attempt) attempt.expire();
      else connection.destroy(timeoutError('headers', peer, connection.timeouts));
    },
  };
  return connection;
}

/** One attempt to connect: TCP, or CONNECT at the proxy, then TLS for an https URL. */
interface Attempt {
  /** Closes every socket it opened, and fails with the reason. */
  cancel: (reason: Error) => void;
  /** The same, because the time is up. */
  expire: () => void;
}

interface Way {
  proxy: Proxy | undefined;
  /** The host, reached that way. */
  peer: Peer;
  /** `connect` bounds all steps together. */
  timeouts: Timeouts;
}

function connect(
  { connect: open, timers }: Omit<Undici, 'Client'>,
  target: buildConnector.Options,
  { proxy, peer, timeouts }: Way,
  onEnd: buildConnector.Callback,
): Attempt {
  const opened: { destroy(): unknown }[] = [];
  let waiting: [Wait, Peer] = ['connect', peer];
  let ended = false;

  const timer = timers.setTimeout(() => attempt.expire(), timeouts.connect);
  const end = (...result: Parameters<typeof onEnd>) => {
    if (ended) return;
    ended = true;
    timers.clearTimeout(timer);
    if (result[0]) for (const one of opened) one.destroy();
    onEnd(...result);
  };
  const attempt: Attempt = {
    cancel: (reason) => end(reason, null),
    expire: () => end(timeoutError(...waiting, timeouts), null),
  };
  const fail = (error: unknown, failed: Peer) =>
    end(describeFailure(error, failed, timeouts) as Error, null);

  const openSocket = (httpSocket?: Socket) => {
    const socket = open({ ...target, ...(httpSocket && { httpSocket }) }, (error, connected) => {
      if (error) fail(error, peer);
      else end(null, connected);
    });
    opened.push(socket);
    if (target.protocol === 'https:') socket.once('connect', () => (waiting = ['TLS', peer]));
    // Closing TLS over another TLS socket leaves that one open.
    if (httpSocket) socket.once('close', () => httpSocket.destroy());
  };

  const openThroughProxy = async (proxy: Proxy) => {
    const { openTunnel, proxyPeer } = await import('./tunnel.ts');
    const failed = proxyPeer(proxy);
    waiting = ['connect', failed];
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    const host = target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname;
    try {
      if (ended) return;
      const tunnel = await openTunnel(`${host}:${port}`, proxy, (request) => {
        opened.push(request);
        request.once('finish', () => (waiting = ['CONNECT', failed]));
      });
      opened.push(tunnel);
      if (ended) tunnel.destroy();
      else if (target.protocol !== 'https:') end(null, tunnel);
      else {
        waiting = ['TLS', peer];
        openSocket(tunnel);
      }
    } catch (error) {
      fail(error, failed);
    }
  };

  if (proxy) void openThroughProxy(proxy);
  else openSocket();
  return attempt;
}
