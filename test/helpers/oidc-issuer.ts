import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { type Loopback, loopback } from './loopback.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * A certified OpenID provider with its device flow, its own pages and its rotation of refresh
 * tokens, on the paths of Qwen. `pathname` puts it below the root, as a tenant's issuer is.
 * @param settings laid over those of the provider
 */
export async function oidcIssuer(
  pathname = '',
  settings: object = {},
): Promise<Loopback & { issuer: string }> {
  let answer: RequestListener = (_, response) => response.end();
  const server = await loopback((request, response) => answer(request, response));
  const issuer = `${server.url}${pathname}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'public-client',
        token_endpoint_auth_method: 'none',
        grant_types: [DEVICE_GRANT, 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    cookies: { keys: ['test'] },
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    issueRefreshToken: () => true,
    routes: {
      device_authorization: '/api/v1/oauth2/device/code',
      token: '/api/v1/oauth2/token',
      revocation: '/api/v1/oauth2/revoke',
    },
    scopes: ['openid', 'offline_access', 'model.completion'],
    ttl: { DeviceCode: 600, AccessToken: 3600, Grant: 3600, Session: 3600, Interaction: 600 },
    ...settings,
  });
  const callback = provider.callback();
  answer = (request, response) => {
    if (!request.url?.startsWith(pathname)) return response.writeHead(404).end();
    // The provider is mounted: it sees paths from its own root on.
    Object.assign(request, { originalUrl: request.url });
    request.url = request.url.slice(pathname.length) || '/';
    return callback(request, response);
  };
  return { ...server, issuer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/**
 * A person's browser, as far as these pages need one: cookies, redirects and forms. Goes on until a
 * page has no form any more, or says no where that is asked.
 */
export async function decide(
  page: string,
  user_code: string,
  decision: 'approve' | 'deny',
): Promise<string> {
  const cookies = new Map<string, string>();
  const answers: Record<string, string> = { user_code, login: 'alice', password: 'any' };
  let url = page;
  let form: Record<string, string> | undefined;
  for (let steps = 0; steps < 20; steps += 1) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(/[=;]/);
      cookies.set(name, value);
    }
    const html = await response.text();
    const next = response.headers.get('location') ?? /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
    if (next === undefined || form?.abort) return html;
    url = new URL(next, url).href;
    form = response.headers.has('location') ? undefined : fillIn(html, answers);
    if (form && decision === 'deny' && html.includes('name="abort"')) form.abort = 'yes';
  }
  throw new Error('these pages have no end');
}

function fillIn(html: string, answers: Record<string, string>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]+)"/.exec(input)?.[1] ?? '';
    fields[name] = /value="([^"]*)"/.exec(input)?.[1] ?? answers[name] ?? '';
  }
  return fields;
}
