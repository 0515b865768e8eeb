import { describe, expect, it } from 'vitest';
import { canPass, judgeRefusal, refusal } from '../../../src/core/api/refusal.ts';
import { QuotaError } from '../../../src/core/errors.ts';
import { error, google, KEY_INVALID, SERVERS } from './servers.cases.ts';

const HOST = 'api.example';
const refuse = (status: number, body: unknown, max_tokens?: number) =>
  refusal(
    status,
    { 'content-type': 'application/json' },
    typeof body === 'string' ? body : JSON.stringify(body),
    HOST,
    { auth_type: 'openai', model: 'm', max_tokens },
  );

describe('what a server says about its refusal', () => {
  it.each(SERVERS)('HTTP %d %j is of kind %s with code %s', (status, body, kind, code) => {
    const refused = refuse(status, body);
    const permanent = refused instanceof QuotaError && refused.permanent ? '!' : '';
    const verdict = judgeRefusal(status, typeof body === 'string' ? body : JSON.stringify(body));
    const passing = verdict === 'passing' ? '~' : '';
    expect([refused.kind + permanent + passing, refused.code]).toEqual([kind, code]);
    if (status !== 501) expect(canPass(refused)).toBe(verdict === 'passing');
  });

  it.each<[status: number, body: unknown]>([
    [503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }],
    [503, { error: 'Model org/m is currently loading', estimated_time: 20 }],
    [503, { error: 'The deployment is scaled to zero and is scaling up. Please retry.' }],
    [503, { detail: 'Model is not ready' }],
    [429, { message: 'Model is not ready for inference. Wait and try again.' }],
    [
      500,
      { message: "Error code: 503 - {'message': 'Loading model'}".replace('Error code: ', '') },
    ],
  ])('HTTP %d %j means that the model is loading', (status, body) => {
    expect(judgeRefusal(status, JSON.stringify(body))).toBe('loading');
  });

  it.each<[status: number, body: unknown]>([
    [500, { error: 'error loading model: out of memory' }],
    [503, { error: 'Failed to load: model is loading too slowly' }],
    [400, { error: 'Loading model' }],
    [503, { error: 'The server is busy' }],
  ])('HTTP %d %j does not mean that the model is loading', (status, body) => {
    expect(judgeRefusal(status, JSON.stringify(body))).not.toBe('loading');
  });

  it.each<[body: unknown, window: string]>([
    [
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size. try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 14_429,
          n_ctx: 8192,
        },
      },
      '8192',
    ],
    [
      { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
      'N',
    ],
    [
      {
        error:
          'Trying to keep the first 6547 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
      },
      '4096',
    ],
    [
      {
        error:
          'The number of tokens to keep from the initial prompt is greater than the context length.',
      },
      'N',
    ],
    [
      {
        object: 'error',
        message:
          "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
      '4096',
    ],
    [
      error(
        "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 2048 tokens and your request has 20 input tokens.",
      ),
      '2048',
    ],
    [error('The decoder prompt (length 9) is longer than the maximum model length of 8.'), '8'],
    [error("The input (9 tokens) is longer than the model's context length (8 tokens)."), '8'],
    [error('prompt is too long: 208310 tokens > 200000 maximum'), '200000'],
    [error('tokens to keep … greater than the context length (n_keep: 9>= n_ctx: 8).'), '8'],
    [error('the request exceeds the available context size: 9 > 8'), '8'],
    [error('Input length 9 exceeds maximum allowed token size 8.'), '8'],
    [error('total tokens 9 exceed max seq len 8'), '8'],
    [{ error: '`inputs` tokens + `max_new_tokens` must be <= 8. Given: 7 `inputs` tokens' }, '8'],
    [error('The input token count (9) exceeds the maximum number of tokens allowed (8).'), 'N'],
    [error('Range of input length should be [1, 30720]'), '30720'],
  ])('%j is a context that is too long', (body, window) => {
    const refused = refuse(400, body, 100);
    expect(refused).toMatchObject({ kind: 'api', code: 'context_length_exceeded' });
    expect(refused.hint).toContain(`--max-context ${window} `);
    expect(judgeRefusal(500, JSON.stringify(body))).toBe('final');
  });

  it.each([
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    'max_tokens is deprecated; please use max_completion_tokens',
  ])('the hint to "%s" is the JSON to send', (message) => {
    const refused = refuse(400, error(message, 'unsupported_parameter'), 100);
    expect(refused.code).toBe('max_tokens_unsupported');
    expect(refused.hint).toContain(`--extra-body '{"max_completion_tokens":100}'`);
  });

  it.each([
    error('Unrecognized request argument supplied: stream_options'),
    error('stream_options is not supported'),
    {
      detail: [
        {
          type: 'extra_forbidden',
          loc: ['body', 'stream_options'],
          msg: 'Extra inputs are not permitted',
        },
      ],
    },
  ])('the hint to %j is to leave the field out', (body) => {
    expect(refuse(422, body).hint).toContain(`--extra-body '{"stream_options":null}'`);
  });

  it('max_completion_tokens that a server refuses is no wish for it', () => {
    const message = "Unsupported parameter: 'max_completion_tokens'. Use 'max_tokens' instead.";
    expect(refuse(400, error(message)).code).toBe('bad_request');
  });
});

describe('the reason of a refusal', () => {
  const raw = { message: 'Provider returned error', code: 429 };
  it.each<[body: unknown, said: string]>([
    [
      {
        error: { ...raw, metadata: { raw: 'm is rate-limited upstream', provider_name: 'Chutes' } },
      },
      'Provider returned error (from Chutes): m is rate-limited upstream',
    ],
    [
      { error: { ...raw, metadata: { raw: '{"error":{"message":"too long","code":"x"}}' } } },
      'Provider returned error: too long',
    ],
    [
      { error: { ...raw, metadata: { raw: { error: { message: 'too long' } } } } },
      'Provider returned error: too long',
    ],
    [{ error: raw, provider: 'Chutes' }, 'Provider returned error (from Chutes)'],
    [{ error: { ...raw, metadata: { raw: '<html>502</html>' } } }, 'Provider returned error'],
    [
      {
        error: {
          message: 'm requires moderation. Your input was flagged',
          metadata: { reasons: ['violence', 'hate'], provider_name: 'OpenAI' },
        },
      },
      'm requires moderation. Your input was flagged (from OpenAI): violence, hate',
    ],
    [
      { error: { message: '{"error":{"code":400,"message":"API key not valid."}}' } },
      'API key not valid.',
    ],
    [
      {
        error: {
          message: 'litellm.BadRequestError: OpenAIException - {"error":{"message":"inner"}}',
        },
      },
      'litellm.BadRequestError: OpenAIException: inner',
    ],
    [{ error: '{"error":{"message":"deep"}}' }, 'deep'],
    [{ error: { message: 'a', innererror: { message: 'b', code: 'X' } } }, 'a: b'],
    [[{ error: { message: 'first' } }], 'first'],
    [{ errors: [{ message: 'a' }, { message: 'b' }, { message: 'a' }] }, 'a; b'],
    [
      { message: { detail: [{ loc: ['body', 'top_p'], msg: 'too large' }] }, object: 'error' },
      'top_p: too large',
    ],
    [
      {
        detail: [
          { loc: ['body', 'a'], msg: 'x' },
          { loc: ['body', 'b'], msg: 'y' },
        ],
      },
      'a: x; b: y',
    ],
    [{ error: { message: 'Set {"a":1} instead' } }, 'Set {"a":1} instead'],
  ])('%j is shown as "%s"', (body, said) => {
    expect(refuse(400, body).message).toBe(`${HOST} answered HTTP 400: ${said}`);
  });

  it('is the class of what is quoted', () => {
    const quoted = JSON.stringify(google(400, 'INVALID_ARGUMENT', 'No.', KEY_INVALID)[0]);
    expect(refuse(400, { error: { message: quoted, code: 400 } }).code).toBe('invalid_api_key');
  });

  it('is found in bounded time, however deep it is quoted', () => {
    let body: unknown = { error: { message: 'x' } };
    for (let level = 0; level < 12; level += 1) body = { error: { message: JSON.stringify(body) } };
    expect(refuse(400, body).message.length).toBeLessThan(600);
    expect(refuse(400, { error: { message: '{'.repeat(200_000) } }).code).toBe('bad_request');
    const endless = 'the model exceeds max_tokens not supported context '.repeat(20_000);
    const start = performance.now();
    expect(refuse(400, { error: { message: endless, code: endless } }).kind).toBe('api');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
