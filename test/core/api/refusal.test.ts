import { describe, expect, it } from 'vitest';
import type { RefusalContext } from '../../../src/core/api/refusal-hints.ts';
import { canPass, judgeRefusal, refusal, reportedError } from '../../../src/core/api/refusal.ts';
import { QuotaError } from '../../../src/core/errors.ts';
import { native, openai, refusals } from '../../helpers/refusal-shapes.ts';

const KEY: RefusalContext = { auth_type: 'openai', bearer: 'sk-secret-key', model: 'qwen-x' };
const LOGIN: RefusalContext = {
  auth_type: 'qwen-oauth',
  login: true,
  bearer: 'secret-token',
  model: 'qwen-x',
};
const DASHSCOPE = 'dashscope.aliyuncs.com';

const json = { 'content-type': 'application/json' };
function refuse(status: number, body: unknown, host = DASHSCOPE, context = KEY, headers = json) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return refusal(status, headers, text, host, context);
}

describe('an answer without a 2xx status', () => {
  it.each(refusals)('HTTP %d %j is of kind %s with code %s', (status, body, kind, code) => {
    const error = refuse(status, body);
    const permanent = error instanceof QuotaError && error.permanent;
    expect([error.kind + (permanent ? '!' : ''), error.code]).toEqual([kind, code]);
    expect(error.status).toBe(status);
    expect(error.message).toContain(DASHSCOPE);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(judgeRefusal(status, text)).toBe(canPass(error) ? 'passing' : 'final');
  });

  it.each([
    [native('Throttling', 'slow down'), 'dashscope.aliyuncs.com answered HTTP 400: slow down'],
    [{ error: 'gone' }, 'dashscope.aliyuncs.com answered HTTP 400: gone'],
    [
      { error: 'invalid_scope', error_description: 'no' },
      'dashscope.aliyuncs.com answered HTTP 400: no',
    ],
    [
      { detail: [{ msg: 'field required' }] },
      'dashscope.aliyuncs.com answered HTTP 400: field required',
    ],
    [{ message: 'no Route matched' }, 'dashscope.aliyuncs.com answered HTTP 400: no Route matched'],
    ['plain  \r\n words', 'dashscope.aliyuncs.com answered HTTP 400: plain words'],
    ['', 'dashscope.aliyuncs.com answered HTTP 400: it gave no reason'],
    [{ error: {} }, 'dashscope.aliyuncs.com answered HTTP 400: it gave no reason'],
  ])('becomes an error with the text of the server: %j', (body, message) => {
    expect(refuse(400, body).message).toBe(message);
  });

  it('becomes an error with at most 500 characters of it, all of them whole', () => {
    const { message } = refuse(400, { error: '😀'.repeat(10_000) });
    expect(message).toBe(`dashscope.aliyuncs.com answered HTTP 400: ${'😀'.repeat(500)}…`);
  });

  it('becomes an error without the bearer, even when the server repeats it', () => {
    const error = refuse(401, openai(null, 'Bad key sk-secret-key in Bearer sk-secret-key'));
    expect(error.message).not.toContain('secret');
    const login = refuse(401, native('X', 'bad secret-token'), DASHSCOPE, LOGIN);
    expect(login.message).toMatch(/bad \[redacted\]$/);
  });

  it('becomes an error with the request id of the body, else of the header', () => {
    expect(refuse(400, native('X', 'x')).request_id).toBe('r-1');
    expect(refuse(400, { ...openai('X', 'x'), request_id: 'r-2' }).request_id).toBe('r-2');
    const headers = { ...json, 'x-request-id': 'r-3' };
    expect(refuse(400, '', DASHSCOPE, KEY, headers).request_id).toBe('r-3');
  });
});

describe('the hint of a refusal', () => {
  it.each([
    ['an API key at DashScope', 401, '', DASHSCOPE, KEY, /one plan or region.*coding\.dashscope/s],
    [
      'an API key elsewhere',
      401,
      '',
      'api.example',
      KEY,
      /^Check the key.*--api-key-header api-key/s,
    ],
    ['an address at Azure', 404, '{}', 'me.openai.azure.com', KEY, /deployments\/ID\?api-version=/],
    ['no key', 401, '', '127.0.0.1:1', { auth_type: 'openai' }, /^127\.0\.0\.1:1 needs a key/],
    [
      'an unknown model',
      404,
      native('model_not_found', 'x'),
      DASHSCOPE,
      KEY,
      /serve qwen-x.*list-models/,
    ],
    ['thinking', 400, { error: 'enable_thinking must be set to false' }, DASHSCOPE, KEY, /-s/],
    ['a web page', 404, '<html>', 'api.example', KEY, /base URL/],
  ] as const)('fits %s', (_what, status, body, host, context, hint) => {
    expect(refuse(status, body, host, context).hint).toMatch(hint);
  });

  const expired = openai('invalid_api_key', 'invalid access token or token expired');

  it.each([
    ['refused by a host of Qwen', 401, '', 'portal.qwen.ai', 'auth'],
    ['refused in the words of Qwen', 401, expired, '127.0.0.1:1', 'auth'],
    [
      'out of free quota',
      429,
      openai('insufficient_quota', 'Free allocated quota exceeded.'),
      '127.0.0.1:1',
      'quota',
    ],
  ])('names the end of the free tier for a login that is %s', (_what, status, body, host, kind) => {
    const error = refuse(status, body, host, LOGIN);
    expect(error).toMatchObject({ kind, code: 'free_tier_ended' });
    expect(error.hint).toMatch(/2026-04-15/);
    expect(error.hint).toMatch(/DASHSCOPE_API_KEY.*OPENAI_BASE_URL.*--issuer/s);
  });

  it('does not name the free tier for another login or an API key', () => {
    expect(refuse(401, { error: 'no' }, 'api.example', LOGIN)).toMatchObject({
      code: 'unauthorized',
      hint: 'Sign in again: qwen-demo auth',
    });
    expect(refuse(401, expired, DASHSCOPE, KEY).code).toBe('unauthorized');
  });

  it('names the plans that serve a known model when another plan refuses it', () => {
    const hintAt = (host: string, model: string) =>
      refuse(404, native('model_not_found', 'x'), host, { ...KEY, model }).hint ?? '';
    const coding = 'coding.dashscope.aliyuncs.com';
    expect(hintAt(coding, 'qwen-vl-plus')).toMatch(
      /\nqwen-vl-plus is available with: standard plan\.$/,
    );
    expect(hintAt(DASHSCOPE, 'coder-model')).toMatch(
      /\ncoder-model is available with: Qwen login\.$/,
    );
    expect(hintAt(coding, 'qwen3-coder-plus')).not.toMatch(/available/);
    expect(hintAt('api.example', 'coder-model')).not.toMatch(/available/);
  });
});

const API = { host: 'api.example', headers: { 'x-request-id': 'r-4' } };

describe('an error inside an answer with status 200', () => {
  it('is classified by its code, or by the status in it', () => {
    const judge = (error: object) => {
      const { kind, code, status } = reportedError(error, API, KEY);
      return [kind, code, status];
    };
    expect(judge({ message: 'x' })).toEqual(['api', 'error_in_answer', undefined]);
    expect(judge({ message: 'x', status: 401 })).toEqual(['auth', 'unauthorized', 401]);
    expect(judge({ message: 'x', code: 'Throttling' })).toEqual([
      'quota',
      'rate_limited',
      undefined,
    ]);
    expect(reportedError({ message: 'x' }, API, KEY).request_id).toBe('r-4');
    expect(reportedError({ message: 'x' }, API, KEY).message).toBe(
      'api.example reported an error in its answer: x',
    );
  });
});
