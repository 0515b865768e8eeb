import { describe, expect, it } from 'vitest';
import { ApiError, AuthError, ProtocolError } from '../../../src/core/errors.ts';
import { listModels } from '../../../src/core/models/list.ts';
import { catalogue } from '../../../src/core/qwen/models.ts';
import { requestTo } from '../../helpers/connection.ts';
import { loopback } from '../../helpers/loopback.ts';

async function listFrom(status: number, body: string, type = 'application/json') {
  await using server = await loopback((request, response) => {
    const found = request.method === 'GET' && request.url === '/v1/models';
    response.writeHead(found ? status : 500, { 'content-type': type });
    response.end(found ? body : 'not what was expected');
  });
  return await listModels({ request: requestTo(server.url, 'sk-1'), known: catalogue });
}

const listed = (...ids: string[]) =>
  JSON.stringify({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });

describe('a model list of an endpoint', () => {
  it('is merged with the catalogue and sorted, and each model says where it comes from', async () => {
    const list = await listFrom(200, listed('qwen3-max', 'qwen3-coder-plus', 'Llama', 'qwen3-max'));
    expect(list.live).toBe(true);
    expect(list.notices).toEqual([]);
    expect(list.models.map(({ id, source }) => [id, source])).toEqual([
      ['Llama', 'live'],
      ['coder-model', 'known'],
      ['qwen-vl-max-latest', 'known'],
      ['qwen-vl-plus', 'known'],
      ['qwen3-coder-flash', 'known'],
      ['qwen3-coder-plus', 'both'],
      ['qwen3-max', 'both'],
      ['vision-model', 'known'],
    ]);
  });

  it('has the catalogue’s entry for known models and none for others', async () => {
    const { models } = await listFrom(200, listed('qwen-vl-plus', 'llama3'));
    const known = (id: string) => models.find((model) => model.id === id)?.known;
    expect(known('qwen-vl-plus')).toMatchObject({ kind: 'vision', expected: false });
    expect(known('qwen3-coder-plus')).toMatchObject({ kind: 'coding', expected: true });
    expect(known('llama3')).toBeUndefined();
  });

  it('has the context of a known family for a model without an entry in the catalogue', async () => {
    const { models } = await listFrom(200, listed('qwen3-max', 'qwen3-max-2099-01-01', 'llama3'));
    const context = (id: string) => models.find((model) => model.id === id)?.context;
    expect(context('qwen3-max')).toEqual({ from: 'catalogue', value: 262_144 });
    expect(context('qwen3-max-2099-01-01')).toEqual({ from: 'catalogue', value: 262_144 });
    // Only a conversation assumes a context for a model that nothing is known about.
    expect(context('llama3')).toBeUndefined();
  });

  it('leaves out entries whose id is empty or longer than 512 characters', async () => {
    const { models } = await listFrom(200, listed('', ' ', 'x'.repeat(100_000), 'llama3'));
    expect(models.filter(({ source }) => source === 'live').map(({ id }) => id)).toEqual([
      'llama3',
    ]);
  });

  it.each([
    '{"object":"list","data":[]}',
    '{"object":"list","data":null}',
    '{"models":[]}',
    '[]',
    '{"success":true,"errors":[],"result":[]}',
  ])('may be empty: %s', async (body) => {
    const { live, models } = await listFrom(200, body);
    expect(live).toBe(true);
    expect(new Set(models.map(({ source }) => source))).toEqual(new Set(['known']));
  });
});

describe('an endpoint without a model list', () => {
  it.each([
    [404, '{"error":{"message":"Not Found"}}', 'application/json'],
    [404, '<!DOCTYPE html><title>Cannot GET /v1/models</title>', 'text/html'],
    [400, '{"error":{"message":"Unsupported operation"}}', 'application/json'],
    [501, '<html><title>501 Not Implemented</title></html>', 'text/html'],
    [405, '{"error":"Coding Plan is currently only available for Coding Agents"}', 'text/plain'],
  ])('(%i %s) gives the catalogue and a notice', async (status, body, type) => {
    const { live, notices, models } = await listFrom(status, body, type);
    expect(live).toBe(false);
    expect(notices.join()).toContain(`HTTP ${status}`);
    expect(models).toHaveLength(6);
    expect(models.every(({ source }) => source === 'known')).toBe(true);
  });
});

const UUID = '429b9e8b-d99e-44de-91ad-706cf8183658';

describe('the models of a list', () => {
  it.each<[string, unknown, string[]]>([
    ['an array, as Together sends it', [{ id: 'a' }, { id: 'b' }], ['a', 'b']],
    ['an array of strings', ['a', 'b'], ['a', 'b']],
    ['a list of strings under data', { data: ['a', 'b'] }, ['a', 'b']],
    ['a list under models', { models: [{ name: 'a', model: 'a:7b' }] }, ['a:7b']],
    ['a list of strings under models', { models: ['a'] }, ['a']],
    ['a list under data.list', { code: 0, data: { list: [{ id: 'a' }] } }, ['a']],
    ['an object by id under data', { data: { a: { id: 'a' }, b: {} } }, ['a', 'b']],
    ['an object by id under models', { models: { a: { ctx: 1 } } }, ['a']],
    ['a list under model_list', { model_list: [{ model_name: 'a' }] }, ['a']],
    ['a list under result', { result: [{ id: 'a' }], success: true }, ['a']],
    ['rows of Cloudflare', { result: [{ id: UUID, name: '@cf/qwen/qwq' }] }, ['@cf/qwen/qwq']],
    ['a list inside result', { result: { data: [{ id: 'a' }] } }, ['a']],
    [
      'models beside data, as llama.cpp sends it',
      { models: [{ name: 'x' }], data: [{ id: 'a' }] },
      ['a'],
    ],
    ['models beside an empty data', { data: [], models: [{ name: 'a' }] }, ['a']],
    ['entries with model', { data: [{ model: 'a' }, { model: 'b', id: '' }] }, ['a', 'b']],
    [
      'entries with name',
      {
        data: [
          { name: 'a', id: null },
          { name: 'b', id: 7 },
        ],
      },
      ['a', 'b'],
    ],
    ['a number as id', { data: [{ id: 7 }] }, ['7']],
  ])('are read from %s', async (_, body, ids) => {
    const { models, notices, live } = await listFrom(200, JSON.stringify(body));
    expect(models.filter(({ source }) => source === 'live').map(({ id }) => id)).toEqual(ids);
    expect([live, notices]).toEqual([true, []]);
  });

  it('are those with an id, and a notice counts the other entries', async () => {
    const data = [{ id: 'a' }, null, 5, {}, { id: {} }, [], { id: 'b', context_length: [] }];
    const { models, notices } = await listFrom(200, JSON.stringify({ data }));
    expect(models.filter(({ source }) => source === 'live').map(({ id }) => id)).toEqual([
      'a',
      'b',
    ]);
    expect(notices).toEqual(['5 entries of the list have no id and are left out.']);
  });

  it('have what the endpoint says of each ability, and the catalogue for the others', async () => {
    const data = [{ id: 'coder-model', architecture: { input_modalities: ['text', 'image'] } }];
    const { models } = await listFrom(200, JSON.stringify({ data }));
    expect(models.find(({ id }) => id === 'coder-model')?.abilities).toEqual({
      from: 'endpoint',
      value: ['json', 'tools', 'vision', 'reasoning'],
    });
  });
});

describe('an answer that is not a model list', () => {
  it('is an error when a gateway answers HTTP 400 with a web page', async () => {
    const page = '<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>';
    await expect(listFrom(400, page, 'text/html')).rejects.toBeInstanceOf(ProtocolError);
  });

  it('is an authentication error when a key is refused with HTTP 400', async () => {
    const body = '{"error":{"code":"invalid_api_key","message":"API key not valid"}}';
    await expect(listFrom(400, body)).rejects.toBeInstanceOf(AuthError);
  });

  it('is an API error when it stands beside an empty list', async () => {
    const body = '{"data":null,"error":{"message":"database is down"}}';
    await expect(listFrom(200, body)).rejects.toBeInstanceOf(ApiError);
  });

  it.each(['', 'OK', '{}', '{"data":"a"}', '{"data":{"a":1}}', '7', 'null', '{"da'])(
    'is refused as malformed_model_list: %j',
    async (body) => {
      const listing = listFrom(200, body);
      await expect(listing).rejects.toBeInstanceOf(ProtocolError);
      await expect(listing).rejects.toMatchObject({ code: 'malformed_model_list' });
    },
  );

  it('is refused as html_answer when it is a web page', async () => {
    const listing = listFrom(200, '<html><title>Sign in</title></html>', 'text/html');
    await expect(listing).rejects.toMatchObject({ code: 'html_answer' });
  });

  it('is an API error when it holds one, though its status is 200', async () => {
    const listing = listFrom(200, '{"error":{"code":"DataInspectionFailed","message":"No"}}');
    await expect(listing).rejects.toBeInstanceOf(ApiError);
  });

  it('is an authentication error when the key is refused', async () => {
    const listing = listFrom(401, '{"error":{"code":"invalid_api_key","message":"Bad key"}}');
    await expect(listing).rejects.toBeInstanceOf(AuthError);
  });

  it('is an API error with its status when the server fails', async () => {
    await expect(listFrom(500, '{}')).rejects.toMatchObject({ kind: 'api', status: 500 });
  });
});
