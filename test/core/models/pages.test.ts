import { describe, expect, it } from 'vitest';
import type { AccessSource } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { listModels } from '../../../src/core/models/list.ts';
import { requestTo } from '../../helpers/connection.ts';
import { loopback } from '../../helpers/loopback.ts';

describe('a model list of several pages', () => {
  type Page = Record<string, unknown> | number;

  async function read(pageOf: (query: URLSearchParams) => Page) {
    const queries: string[] = [];
    await using server = await loopback(({ url = '' }, response) => {
      const { searchParams } = new URL(url, 'http://127.0.0.1');
      queries.push(searchParams.toString());
      const page = pageOf(searchParams);
      response.writeHead(typeof page === 'number' ? page : 200, {
        'content-type': 'application/json',
      });
      response.end(typeof page === 'number' ? '{"error":{"message":"No"}}' : JSON.stringify(page));
    });
    const { models, notices } = await listModels({
      request: requestTo(server.url, 'sk-1'),
      known: [],
    });
    const ids = models.filter(({ source }) => source === 'live').map(({ id }) => id);
    return { ids, notices, queries };
  }

  const two = (key: string, fields: object) => (query: URLSearchParams) =>
    query.get(key) === 'b c'
      ? { ...fields, data: [{ id: 'd' }], has_more: false, last_id: 'd' }
      : { ...fields, data: [{ id: 'a' }, { id: 'b c' }], has_more: true, last_id: 'b c' };

  it.each([
    ['after_id, as Anthropic does', 'after_id', { first_id: 'a' }],
    ['after, as OpenAI does', 'after', { object: 'list' }],
    ['after_id in a list of OpenAI', 'after_id', { object: 'list', first_id: 'a' }],
  ])('is read to its end with %s', async (_, key, fields) => {
    const { ids, queries } = await read(two(key, fields));
    expect(ids).toEqual(['a', 'b c', 'd']);
    expect(queries).toHaveLength(2);
  });

  it('keeps the query of the base URL on every page', async () => {
    const urls: string[] = [];
    await using server = await loopback(({ url = '' }, response) => {
      urls.push(url);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ data: [{ id: `m${urls.length}` }], has_more: urls.length < 2 }),
      );
    });
    const access: AccessSource = {
      get: async () => ({
        endpoint: `${server.url}/v1?api-version=1`,
        bearer: undefined,
        auth_type: 'openai',
      }),
      renew: async () => undefined,
    };
    const request = createApiRequest({ send: createTransport(), access, user_agent: 'test' });
    await listModels({ request, known: [] });
    expect(urls).toEqual([
      '/v1/models?api-version=1',
      '/v1/models?api-version=1&after_id=m1&after=m1',
    ]);
  });

  it('is read to its end by the address in links.next, as OpenRouter sends it', async () => {
    const { ids } = await read((query) =>
      query.get('offset') === '1'
        ? { data: [{ id: 'b' }], links: { next: null } }
        : { data: [{ id: 'a' }], links: { next: '/api/v1/models?offset=1&limit=1' } },
    );
    expect(ids).toEqual(['a', 'b']);
  });

  it('ends at a page that brings nothing new', async () => {
    const { ids, queries } = await read(() => ({
      data: [{ id: 'a' }, {}],
      has_more: true,
      last_id: 'a',
    }));
    expect([ids, queries.length]).toEqual([['a'], 2]);
  });

  it('ends after 100 pages', async () => {
    let count = 0;
    const { ids } = await read(() => ({ data: [{ id: `m${(count += 1)}` }], has_more: true }));
    expect(ids).toHaveLength(100);
  });

  it('keeps what was read when the next page is refused, and says so', async () => {
    const { ids, notices } = await read((query) =>
      query.size > 0 ? 400 : { data: [{ id: 'a' }], has_more: true, last_id: 'a' },
    );
    expect([ids, notices]).toEqual([
      ['a'],
      ['The endpoint refused the next page of its list (HTTP 400).'],
    ]);
  });
});
