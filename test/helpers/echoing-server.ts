import { randomBytes } from 'node:crypto';
import { bodyOf, loopback, type Loopback } from './loopback.ts';

export interface EchoingServer extends Loopback {
  /** Every token and code that went out, every verifier and key that came in. */
  secrets: Set<string>;
  /** The paths of the requests that carried the header `X-Tenant`. */
  tenant_paths: Set<string>;
  /** From now on every request is refused with all that was sent, in every place of an answer. */
  refuse(on: boolean): void;
}

/**
 * An authorization server and an API in one that remember every secret, and that repeat what they
 * were sent wherever a careless client would print it.
 */
export async function echoingServer(): Promise<EchoingServer> {
  const secrets = new Set<string>();
  const tenant_paths = new Set<string>();
  let refusing = false;
  const issue = (what: string) => {
    const secret = `${what}-${randomBytes(12).toString('hex')}`;
    secrets.add(secret);
    return secret;
  };
  const tokens = () => ({
    access_token: issue('access'),
    refresh_token: issue('refresh'),
    token_type: 'Bearer',
    expires_in: 3600,
  });

  const server = await loopback(async (request, response) => {
    const address = new URL(request.url ?? '', 'http://127.0.0.1');
    const { pathname } = address;
    const body = await bodyOf(request);
    const form = new URLSearchParams(body);
    const { authorization = '', 'x-tenant': tenant } = request.headers;
    if (tenant !== undefined) tenant_paths.add(pathname);
    const received = ['device_code', 'code_verifier', 'refresh_token', 'token'].map((name) =>
      form.get(name),
    );
    for (const secret of [...received, tenant?.toString(), authorization.slice('Bearer '.length)]) {
      if (secret) secrets.add(secret);
    }
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (refusing) {
      const sent = [tenant, authorization, authorization.slice('Bearer '.length), ...form.values()];
      const echo = `you sent ${sent.join(' and ')}`;
      response.setHeader('x-request-id', echo);
      response.setHeader('x-echo', echo);
      const code = pathname.startsWith('/api') ? echo : { code: echo, type: echo, message: echo };
      // A list of models may be refused with 400 where there is none.
      const status = pathname.startsWith('/api') ? 400 : 403;
      return json(status, {
        error: code,
        error_description: echo,
        message: echo,
        request_id: echo,
      });
    }
    switch (pathname) {
      case '/api/v1/oauth2/device/code':
        return json(200, {
          device_code: issue('device'),
          user_code: 'ABCD-EFGH',
          verification_uri: `${server.url}/authorize`,
          expires_in: 600,
          interval: 0.1,
        });
      case '/api/v1/oauth2/token':
        return json(200, { ...tokens(), resource_url: server.url });
      case '/v1/models':
        return json(200, { object: 'list', data: [{ id: 'qwen3-coder-plus', object: 'model' }] });
      default:
        return json(200, {
          choices: [{ message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
        });
    }
  });
  return Object.assign(server, {
    secrets,
    tenant_paths,
    refuse: (on: boolean) => {
      refusing = on;
    },
  });
}
