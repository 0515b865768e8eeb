import type { AccessSource } from '../../src/core/api/access.ts';
import { createApiRequest } from '../../src/core/api/request.ts';
import { createTransport } from '../../src/core/http/transport.ts';

/** Requests over real sockets to a scripted API, with a key that is never renewed. */
export function requestTo(url: string, bearer?: string) {
  const access: AccessSource = {
    get: async () => ({ endpoint: `${url}/v1`, bearer, auth_type: 'openai' }),
    renew: async () => undefined,
  };
  return createApiRequest({ send: createTransport(), access, user_agent: 'test' });
}
