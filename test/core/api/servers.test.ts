import { describe, expect, it } from 'vitest';
import { canPass, judgeRefusal, refusal } from '../../../src/core/api/refusal.ts';
import { QuotaError } from '../../../src/core/errors.ts';

const HOST = 'api.example';
const refuse = (status: number, body: unknown, max_tokens?: number) =>
  refusal(
    status,
    { 'content-type': 'application/json' },
    typeof body === 'string' ? body : JSON.stringify(body),
    HOST,
    { auth_type: 'openai', model: 'm', max_tokens },
  );

/** Google's envelope: the class stands in `status` and in the details. */
const google = (code: number, status: string, message: string, ...details: object[]) => [
  { error: { code, message, status, details } },
];
const zhipu = (code: string, message = 'x') => ({ error: { code, message } });
const silicon = (code: number, message: string) => ({ code, message, data: null });
const moonshot = (type: string, message = 'x') => ({ error: { type, message } });
const minimax = (status_code: number) => ({ base_resp: { status_code, status_msg: 'x' } });
const error = (message: string, code: unknown = null) => ({
  error: { message, type: 'invalid_request_error', code },
});

const KEY_INVALID = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'API_KEY_INVALID',
};
const DAILY = { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] };

// `quota!` is a quota that no retry brings back, `api~` a failure that can pass.
describe('what a server says about its refusal', () => {
  it.each<[status: number, body: unknown, kind: string, code: string]>([
    [400, google(400, 'INVALID_ARGUMENT', 'Bad.', KEY_INVALID), 'auth', 'invalid_api_key'],
    [400, error('API key not valid. Please pass a valid API key.'), 'auth', 'invalid_api_key'],
    [403, google(403, 'PERMISSION_DENIED', 'No.'), 'api', 'model_access_denied'],
    [
      403,
      google(403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers."),
      'auth',
      'invalid_api_key',
    ],
    [404, google(404, 'NOT_FOUND', 'models/m is not found for v1'), 'api', 'model_not_found'],
    [429, google(429, 'RESOURCE_EXHAUSTED', 'You exceeded.'), 'quota~', 'rate_limited'],
    [429, google(429, 'RESOURCE_EXHAUSTED', 'Slow.', DAILY), 'quota!', 'plan_quota_exhausted'],
    [503, google(503, 'UNAVAILABLE', 'The model is overloaded.'), 'api~', 'overloaded'],
    [500, google(500, 'INTERNAL', 'An internal error has occurred.'), 'api~', 'server_error'],
    [401, moonshot('invalid_authentication_error'), 'auth', 'unauthorized'],
    [403, moonshot('incorrect_api_key_error'), 'auth', 'invalid_api_key'],
    [429, moonshot('exceeded_current_quota_error'), 'quota!', 'insufficient_quota'],
    [429, moonshot('engine_overloaded_error'), 'quota~', 'rate_limited'],
    [500, moonshot('engine_overloaded_error'), 'api~', 'overloaded'],
    [429, moonshot('rate_limit_reached_error'), 'quota~', 'rate_limited'],
    [403, moonshot('permission_denied_error'), 'api', 'model_access_denied'],
    [
      404,
      moonshot('resource_not_found_error', 'Not found the model m or Permission denied'),
      'api',
      'model_not_found',
    ],
    [
      400,
      moonshot('invalid_request_error', 'Your request exceeded model token limit: 8192'),
      'api',
      'context_length_exceeded',
    ],
    [
      429,
      moonshot('x', "You've reached your usage limit for this period"),
      'quota!',
      'plan_quota_exhausted',
    ],
    ...['1000', '1001', '1002', '1003', '1004'].map((code): [number, unknown, string, string] => [
      400,
      zhipu(code),
      'auth',
      'invalid_api_key',
    ]),
    ...['1110', '1111', '1112'].map((code): [number, unknown, string, string] => [
      429,
      zhipu(code),
      'auth',
      'account_disabled',
    ]),
    [429, zhipu('1113', '您的账户已欠费,请充值后重试'), 'quota!', 'arrearage'],
    [400, zhipu('1211'), 'api', 'model_not_found'],
    [400, zhipu('1261', 'Prompt 超长'), 'api', 'context_length_exceeded'],
    [400, zhipu('1301'), 'api', 'content_filter'],
    ...['1302', '1303', '1305'].map((code): [number, unknown, string, string] => [
      429,
      zhipu(code),
      'quota~',
      'rate_limited',
    ]),
    [429, zhipu('1304'), 'quota!', 'plan_quota_exhausted'],
    [429, zhipu('1308'), 'quota!', 'plan_quota_exhausted'],
    [500, zhipu('1234', '网络错误'), 'api~', 'server_error'],
    [400, silicon(20012, 'Model does not exist. Please check it.'), 'api', 'model_not_found'],
    [
      403,
      silicon(30001, 'Sorry, your account balance is insufficient'),
      'quota!',
      'payment_required',
    ],
    [503, silicon(50603, 'System is too busy now.'), 'api~', 'overloaded'],
    [503, silicon(50505, 'Model service overloaded.'), 'api~', 'overloaded'],
    [
      429,
      { message: 'Rejected due to rate limiting. TPM limit reached.' },
      'quota~',
      'rate_limited',
    ],
    [401, '"Invalid token"', 'auth', 'unauthorized'],
    [403, 'Invalid token', 'auth', 'invalid_api_key'],
    [400, minimax(1002), 'quota~', 'rate_limited'],
    [400, minimax(1004), 'auth', 'invalid_api_key'],
    [400, minimax(1008), 'quota!', 'payment_required'],
    [400, minimax(1027), 'api', 'content_filter'],
    [403, error('用户额度不足', 'insufficient_user_quota'), 'quota!', 'insufficient_quota'],
    [429, error('Rate limit exceeded: free-models-per-day'), 'quota!', 'plan_quota_exhausted'],
    [429, error('Rate limit reached on tokens per min (TPM)'), 'quota~', 'rate_limited'],
    [400, error('Your credit balance is too low to access the API'), 'quota!', 'payment_required'],
    [
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'api~',
      'overloaded',
    ],
    [524, '<html><title>A timeout occurred</title></html>', 'api~', 'server_error'],
    [408, '', 'api~', 'server_error'],
    [425, '', 'api~', 'server_error'],
    [501, '', 'api', 'server_error'],
    [500, { error: 'error loading model: out of memory' }, 'api~', 'server_error'],
    [500, error('Incorrect API key provided'), 'auth', 'invalid_api_key'],
  ])('HTTP %d %j is of kind %s with code %s', (status, body, kind, code) => {
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
    [error('prompt is too long: 208310 tokens > 200000 maximum'), 'N'],
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
  });
});
