import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Clock, Random } from '../core/ports.ts';
import { ApprovalPage } from './oauth/approval-page.ts';
import {
  AuthorizationServer,
  DEFAULT_SCOPE,
  OAUTH_PATHS,
  DEFAULT_CLIENT_ID,
} from './oauth/authorization-server.ts';
import { ModelApi } from './api/model-api.ts';
import { DeviceCodes } from './oauth/device-codes.ts';
import { Faults } from './faults/injection.ts';
import { serve, type Routes } from './router.ts';
import { Tokens, type TokenResponse } from './oauth/tokens.ts';

/** How a sandbox runs. Every field has a default. */
export interface SandboxOptions {
  /** The port on 127.0.0.1. Default 0: any free port. */
  port?: number;
  /** Approves every device authorization at once. Default false. */
  auto_approve?: boolean;
  /** Lifetime of an access token in seconds. Default 3600. */
  token_ttl?: number;
  /** Lifetime of a device code in seconds. Default 600. */
  device_code_ttl?: number;
  /** Seconds between two polls. Default 5 as in RFC 8628 §3.2, and 1 with `auto_approve`. */
  interval?: number;
  /** An API key that the model API accepts besides access tokens. Default: a random key. */
  api_key?: string;
  /** The client ids that may sign in. Default: Qwen's. */
  clients?: readonly string[];
  /** Faults as `--fault` takes them: `drip:1ms@chat#2`. Default: none. */
  faults?: readonly string[];
  /** Milliseconds between two tokens of an event stream. Default 0. */
  token_delay?: number;
  /** Milliseconds after which a client that takes nothing of its answer is disconnected. Default 30 s. */
  patience?: number;
  /** Replaced by tests. Default: the system clock. */
  clock?: Pick<Clock, 'now' | 'sleep'>;
  /** Replaced by tests. Default: node:crypto. */
  random?: Pick<Random, 'bytes' | 'uuid'>;
}

/** A running sandbox. */
export interface Sandbox extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The API key that the model API accepts. */
  readonly api_key: string;
  /** The environment variables that make the other commands use this sandbox. */
  environment(route?: 'login' | 'key'): Record<string, string>;
  /** A token response without a device authorization. */
  issue(): TokenResponse;
  /** Approves, as the approval page does. False when no authorization with this code is pending. */
  approve(user_code: string): boolean;
  /** Denies. False as for `approve`. */
  deny(user_code: string): boolean;
  /**
   * The number of requests by path (`other` for unknown paths). Requests to the token endpoint
   * also count by grant: `/api/v1/oauth2/token refresh_token`.
   */
  readonly requests: Readonly<Record<string, number>>;
  /** The number of open connections. */
  connections(): Promise<number>;
  /** Stops the server and closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts an authorization server and a model API on 127.0.0.1.
 * @throws UsageError for a fault that does not exist
 * @throws NodeJS.ErrnoException `EADDRINUSE` when the port is in use, `EACCES` when it is reserved
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { random, clock, auto_approve, patience, interval, device_code_ttl, api_key, clients } =
    withDefaults(options);
  const [client_id] = clients;
  const requests: Record<string, number> = {};
  const count = (name: string): void => {
    requests[name] = (requests[name] ?? 0) + 1;
  };

  const server = createServer();
  const faults = new Faults(options.faults ?? [], {
    clock,
    patience,
    port: {
      close: () => void server.close(),
      open: () => void server.listen(Number(new URL(url).port), '127.0.0.1'),
    },
  });
  let url = '';
  const tokens = new Tokens({
    clock,
    random,
    token_ttl: options.token_ttl ?? 3600,
    resource_url: () => url,
  });
  const codes = new DeviceCodes({ clock, random, device_code_ttl, interval });
  const routes = routesTo(
    new AuthorizationServer({
      url: () => url,
      codes,
      tokens,
      clients: new Set(clients),
      auto_approve,
      device_code_ttl,
      interval,
      onGrant: (grant) => count(`${OAUTH_PATHS.token} ${grant}`),
    }),
    new ApprovalPage({ codes, random }),
    new ModelApi({
      clock,
      random,
      accepts: (bearer) => bearer === api_key || tokens.accepts(bearer),
      changed: (exchange, answer, request) => faults.changed(exchange, answer, request),
      token_delay: options.token_delay ?? 0,
    }),
  );

  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);
  url = `http://127.0.0.1:${port}`;
  server.on('request', (request, response) => {
    void serve(request, response, {
      routes,
      port,
      patience,
      onRequest: count,
      around: (route, exchange, handler) => faults.around(route, exchange, handler),
    });
  });
  // A port that a fault closed may be taken when it opens again.
  server.on('error', () => {});
  faults.start();

  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    url,
    api_key,
    requests,
    environment: (route = 'login'): Record<string, string> =>
      route === 'login'
        ? { QWEN_DEMO_OAUTH_BASE_URL: url, QWEN_DEMO_AUTH: 'oauth' }
        : { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: api_key },
    issue: () => tokens.issue(client_id, DEFAULT_SCOPE),
    approve: (user_code) => codes.decide(user_code, 'approved'),
    deny: (user_code) => codes.decide(user_code, 'denied'),
    connections: async () => promisify(server.getConnections.bind(server))(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function withDefaults(options: SandboxOptions) {
  const auto_approve = options.auto_approve ?? false;
  const random = options.random ?? { bytes: randomBytes, uuid: randomUUID };
  const [client_id = DEFAULT_CLIENT_ID, ...others] = options.clients ?? [];
  const clock: NonNullable<SandboxOptions['clock']> = options.clock ?? {
    now: () => Date.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { ...(signal && { signal }) }),
  };
  return {
    random,
    clock,
    auto_approve,
    patience: options.patience ?? 30_000,
    interval: options.interval ?? (auto_approve ? 1 : 5),
    device_code_ttl: options.device_code_ttl ?? 600,
    api_key: options.api_key ?? `sk-sandbox-${Buffer.from(random.bytes(16)).toString('hex')}`,
    clients: [client_id, ...others] as const,
  };
}

/** Listens on 127.0.0.1 and returns the port; 0 asks for any free one. */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Thousands of clients may connect at once; Node's own backlog is 511.
    server.listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function routesTo(oauth: AuthorizationServer, page: ApprovalPage, api: ModelApi): Routes {
  return {
    [OAUTH_PATHS.metadata]: { GET: () => oauth.metadata() },
    [OAUTH_PATHS.device]: { POST: (exchange) => oauth.device(exchange) },
    [OAUTH_PATHS.token]: { POST: (exchange) => oauth.token(exchange) },
    [OAUTH_PATHS.revoke]: { POST: (exchange) => oauth.revoke(exchange) },
    [OAUTH_PATHS.authorize]: {
      GET: (exchange) => page.show(exchange),
      POST: (exchange) => page.decide(exchange),
    },
    '/v1/models': { GET: (exchange) => api.list(exchange) },
    '/v1/models/': { GET: (exchange) => api.retrieve(exchange) },
    '/v1/chat/completions': { POST: (exchange) => api.complete(exchange) },
    '/v1/responses': { POST: (exchange) => api.respond(exchange) },
    '/v1/embeddings': { POST: (exchange) => api.embed(exchange) },
  };
}
