import type { AccessSource } from '../../src/core/api/access.ts';
import { createApiRequest } from '../../src/core/api/request.ts';
import type { Send } from '../../src/core/http/message.ts';
import { createTransport } from '../../src/core/http/transport.ts';

/** Requests over real sockets to a scripted API, with a key that is never renewed. */
export function requestTo(url: string, bearer?: string, wrap = (send: Send): Send => send) {
  const access: AccessSource = {
    get: async () => ({ endpoint: `${url}/v1`, bearer, auth_type: 'openai' }),
    renew: async () => undefined,
  };
  return createApiRequest({ send: wrap(createTransport()), access, user_agent: 'test' });
}
