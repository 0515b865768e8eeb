import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, loopback } from './loopback.ts';

/** What a token endpoint does instead of a correct answer. */
export type Mishap =
  | 'drop'
  | 'cut'
  | 'html'
  | 'hang'
  | { status: number; json?: unknown; html?: string };

/**
 * A token endpoint that rotates refresh tokens and revokes the login when an old one comes back, and
 * an API that accepts the newest access token only. It shares no code with the client.
 */
export async function rotatingIssuer({ latency = 0, generation = 1 } = {}) {
  const state = {
    /** Refresh requests seen. */
    requests: 0,
    /** The number in the newest tokens: `access-3`, `refresh-3`. */
    generation,
    revoked: false,
    /** The API accepts the newest access token only when it is at least this one. */
    accepted: 1,
    latency,
    /** Seconds that new access tokens last. */
    expires_in: 3600,
    /** Every refresh token that came when it was not the newest one, and the client that sent it. */
    spent: [] as { refresh_token: string; user_agent: string | undefined }[],
    mishap: undefined as Mishap | undefined,
    /** Runs while a refresh is under way, after rotation. */
    meanwhile: undefined as (() => Promise<void>) | undefined,
  };
  const server = await loopback(async (request, response) => {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET') {
      const newest = request.headers.authorization === `Bearer access-${state.generation}`;
      const good = newest && state.generation >= state.accepted && !state.revoked;
      return json(good ? 200 : 401, good ? { object: 'list', data: [{ id: 'a-model' }] } : {});
    }
    const form = new URLSearchParams(await bodyOf(request));
    state.requests += 1;
    if (state.latency > 0) await sleep(state.latency);
    const { mishap } = state;
    if (typeof mishap === 'object' && mishap.html !== undefined) {
      response.writeHead(mishap.status, { 'content-type': 'text/html' });
      return response.end(mishap.html);
    }
    if (typeof mishap === 'object') return json(mishap.status, mishap.json);
    const refresh_token = form.get('refresh_token') ?? '';
    if (refresh_token !== `refresh-${state.generation}`) {
      state.revoked = true;
      state.spent.push({ refresh_token, user_agent: request.headers['user-agent'] });
    }
    if (state.revoked) return json(400, { error: 'invalid_grant' });
    state.generation += 1;
    await state.meanwhile?.();
    if (mishap === 'drop') return request.socket.destroy();
    if (mishap === 'html') return response.end('<html>aliyun_waf_aa</html>');
    if (mishap === 'hang') return undefined;
    const token = {
      access_token: `access-${state.generation}`,
      refresh_token: `refresh-${state.generation}`,
      token_type: 'Bearer',
      expires_in: state.expires_in,
    };
    if (mishap !== 'cut') return json(200, token);
    const text = JSON.stringify(token);
    response.writeHead(200, { 'content-length': text.length });
    response.write(text.slice(0, 30));
    await sleep(20);
    return request.socket.destroy();
  });
  return { ...server, state };
}

/** Credentials that the issuer accepts, as Qwen Code stores them. They are expired by default. */
export function stored(generation = 1, expiry_date = 0) {
  return {
    access_token: `access-${generation}`,
    refresh_token: `refresh-${generation}`,
    token_type: 'Bearer',
    resource_url: 'portal.qwen.ai',
    expiry_date,
  };
}
