import type { IncomingHttpHeaders } from 'node:http';
import { createTransport } from '../../src/core/http/transport.ts';
import type { LoginRequest } from '../../src/core/credentials/login.ts';
import { qwenServer } from '../../src/core/qwen/issuer.ts';
import { FakeClock } from './fake-clock.ts';
import { bodyOf, loopback } from './loopback.ts';

/** One scripted response. `drop` closes the connection instead, `silent` sends nothing. */
export interface Scripted {
  status?: number;
  json?: unknown;
  html?: string;
  /** Sent as it stands, under the type of JSON. */
  text?: string;
  drop?: boolean;
  silent?: boolean;
}

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export const DEVICE = {
  device_code: 'device-code-secret',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://chat.qwen.ai/authorize',
  verification_uri_complete: 'https://chat.qwen.ai/authorize?user_code=WDJB-MJHT',
  expires_in: 900,
};

export const TOKEN = {
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  token_type: 'Bearer',
  expires_in: 3600,
  resource_url: 'portal.qwen.ai',
};

export const pending: Scripted = { status: 400, json: { error: 'authorization_pending' } };
export const granted: Scripted = { json: TOKEN };

/** A login at the server of `url`, which has the paths of Qwen's. */
export function loginAt(url: string): LoginRequest {
  return {
    issuer: {
      kind: 'qwen-paths',
      url: { value: url, source: 'QWEN_DEMO_OAUTH_BASE_URL', layer: 'environment' },
    },
    client_id: 'client',
    scope: 'openid model.completion',
    resource: undefined,
    base_url: undefined,
    place: { store: 'file', path: '/home/ada/oauth_creds.json' },
    named: {},
  };
}

const secrets = ['device-code-secret', 'CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk'];

/** A real server that answers by a script, in order, and the ports of a login at it. */
export async function scriptedIssuer(...script: Scripted[]) {
  const received: Received[] = [];
  const server = await loopback(async (request, response) => {
    const body = await bodyOf(request);
    const { method = '', url = '', headers } = request;
    received.push({ method, path: url, headers, body });
    const answer = script[received.length - 1] ?? { status: 500, html: 'the script has ended' };
    if (answer.drop) return request.socket.destroy();
    if (answer.silent) return undefined;
    response.statusCode = answer.status ?? 200;
    response.setHeader(
      'content-type',
      answer.html === undefined ? 'application/json' : 'text/html',
    );
    return response.end(answer.html ?? answer.text ?? JSON.stringify(answer.json));
  });
  return {
    url: server.url,
    received,
    secrets,
    server: qwenServer(server.url),
    findServer: async () => qwenServer(server.url),
    client_id: 'client',
    scope: 'openid model.completion',
    send: createTransport(),
    clock: new FakeClock(),
    random: {
      bytes: (size: number) => new Uint8Array(size).fill(9),
      uuid: () => '2b1c0e6e-9d3c-4a6e-8a53-0d5c0f3f7a11',
      uniform: () => 0.5,
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
