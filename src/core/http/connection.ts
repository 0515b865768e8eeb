import type { Socket } from 'node:net';
import type { Client, Dispatcher, buildConnector } from 'undici';
import { describeFailure } from './failure.ts';
import type { Timeouts } from './message.ts';
import type { Peer } from './peer.ts';
import type { Proxy } from './proxy.ts';
import { ADDRESS_TIMEOUT, timeoutError, type Wait } from './timeouts.ts';
import type { Step } from './trace.ts';

/** A connection to one origin. It carries one exchange at a time and is then kept for the next one. */
export interface HttpConnection {
  /** The limits of the current exchange. */
  timeouts: Timeouts;
  /** Called when a step of connecting has ended, during the current exchange. */
  onStep?: ((step: Step) => void) | undefined;
  /** The connected socket. */
  socket?: Socket;
  /** The peer to name when an exchange fails after its request was sent. */
  peer: Peer;
  /** False after it is destroyed. When only the server closes it, the next exchange reconnects. */
  readonly usable: boolean;
  dispatch: (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => void;
  /** Fails the exchange with `reason` and closes all sockets, including those that are connecting. */
  destroy: (reason: Error) => void;
  /** Destroys it with a time-out: the first byte did not come within the limit. */
  expire: () => void;
}

/**
 * Creates a connection; it connects with its first exchange. undici's agents do not fit, for three
 * reasons: an abort does not reach a socket that is connecting, nor a CONNECT; a CONNECT that the
 * proxy cuts off is repeated without end (measured: 5,000 in 8 s); and an error does not say whether
 * the proxy or the host failed.
 * @param timeouts of the first exchange
 */
function createConnection(
  { Client, ...undici }: Undici,
  origin: string,
  proxy: Proxy | undefined,
  timeouts: Timeouts,
): HttpConnection {
  let attempt: Attempt | undefined;
  const { host } = new URL(origin);
  const peer = proxy
    ? { name: `${host} (through the proxy ${proxy.url.host})`, through: proxy.variable }
    : { name: host };
  const client: Client = new Client(origin, {
    connect(target, callback) {
      const end = (...result: Parameters<typeof callback>) => {
        attempt = undefined;
        if (result[1]) connection.socket = result[1];
        callback(...result);
      };
      const { timeouts, onStep } = connection;
      onStep?.('open');
      if (proxy) onStep?.('proxy');
      attempt = connect(undici, target, { proxy, peer, timeouts, onStep }, end);
    },
  });
  // After errors with some codes undici reconnects without end.
  client.on('connectionError', (_origin, _targets, error) => connection.destroy(error));

  const connection: HttpConnection = {
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

/** Idle connections by origin. undici closes one after 4 s. */
export class Connections {
  readonly #idle = new Map<string, HttpConnection[]>();

  take(
    undici: Undici,
    origin: string,
    proxy: Proxy | undefined,
    timeouts: Timeouts,
  ): HttpConnection {
    const connection = this.#idle.get(origin)?.pop();
    if (!connection) return createConnection(undici, origin, proxy, timeouts);
    connection.timeouts = timeouts;
    return connection;
  }

  keep(origin: string, connection: HttpConnection): void {
    if (!connection.usable) return;
    const idle = this.#idle.get(origin);
    if (idle) idle.push(connection);
    else this.#idle.set(origin, [connection]);
  }
}

/** One attempt to connect: TCP, or CONNECT at the proxy, then TLS for an https URL. */
interface Attempt {
  /** Closes every socket that it opened and fails with `reason`. */
  cancel: (reason: Error) => void;
  /** Cancels it with a time-out. */
  expire: () => void;
}

interface Route {
  proxy: Proxy | undefined;
  /** The host at the end of the route. */
  peer: Peer;
  /** `connect` limits all steps together. */
  timeouts: Timeouts;
  onStep: HttpConnection['onStep'];
}

function connect(
  { connect: open, timers }: Omit<Undici, 'Client'>,
  target: buildConnector.Options,
  { proxy, peer, timeouts, onStep }: Route,
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
  const fail = (error: unknown, failed: Peer) => end(describeFailure(error, failed) as Error, null);

  const openSocket = (httpSocket?: Socket) => {
    const socket = open({ ...target, ...(httpSocket && { httpSocket }) }, (error, connected) => {
      if (error) fail(error, peer);
      else end(null, connected);
    });
    opened.push(socket);
    if (target.protocol === 'https:') socket.once('connect', () => (waiting = ['TLS', peer]));
    if (onStep) {
      socket.once('lookup', () => onStep('dns'));
      if (!httpSocket) socket.once('connect', () => onStep('connect'));
      socket.once('secureConnect', () => onStep('tls'));
    }
    // The end of TLS inside TLS does not close the outer socket.
    if (httpSocket) socket.once('close', () => httpSocket.destroy());
  };

  const openThroughProxy = async (proxy: Proxy) => {
    const { openTunnel, proxyPeer } = await import('./tunnel.ts');
    const failed = proxyPeer(proxy);
    waiting = ['connect', failed];
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    const host = target.hostname.replace(/^\[|\]$/g, '');
    try {
      const socks = proxy.url.protocol.startsWith('socks');
      const openRoute = socks ? (await import('./socks.ts')).openSocks : openTunnel;
      if (ended) return;
      const tunnel = await openRoute(host, port, proxy, {
        opened: (one) => (ended ? one.destroy() : opened.push(one)),
        asked: () => (waiting = ['CONNECT', failed]),
      });
      if (ended) return void tunnel.destroy();
      opened.push(tunnel);
      onStep?.('connect');
      if (target.protocol !== 'https:') end(null, tunnel);
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

/**
 * Loads the parts of undici that HTTP/1.1 needs. Its index also loads fetch, caches and mocks: 62 to
 * 86 ms. These paths are internal, so that package.json pins the minor version.
 */
async function load() {
  const [client, connect, request, timers] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/core/connect.js'),
    import('undici/lib/api/api-request.js'),
    import('undici/lib/util/timers.js'),
  ]);
  return {
    Client: client.default,
    /** Connects a socket without a time limit. Keeps TLS sessions for later connections. */
    connect: connect.default({ timeout: 0, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT }),
    RequestHandler: request.default.RequestHandler,
    /**
     * Above 1 s these timers count ticks of a coarse clock. A process that was suspended then reads
     * what its sockets received before a timer fires. They fire up to 1 s late.
     */
    timers: timers.default,
  };
}

/** The loaded parts of undici. */
export type Undici = Awaited<ReturnType<typeof load>>;

let loading: Promise<Undici> | undefined;

/** Loads undici once; later calls get the same modules. */
export function loadUndici(): Promise<Undici> {
  return (loading ??= load());
}
