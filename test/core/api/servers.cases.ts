/** Google's envelope: the class stands in `status` and in the details. */
export const google = (code: number, status: string, message: string, ...details: object[]) => [
  { error: { code, message, status, details } },
];
const zhipu = (code: string, message = 'x') => ({ error: { code, message } });
const silicon = (code: number, message: string) => ({ code, message, data: null });
const moonshot = (type: string, message = 'x') => ({ error: { type, message } });
const minimax = (status_code: number) => ({ base_resp: { status_code, status_msg: 'x' } });
export const error = (message: string, code: unknown = null) => ({
  error: { message, type: 'invalid_request_error', code },
});

export const KEY_INVALID = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'API_KEY_INVALID',
};
const DAILY = { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] };

type Row = [status: number, body: unknown, kind: string, code: string];

/** The class of each: `quota!` is a quota that no retry brings back, `api~` a failure that can pass. */
export const SERVERS: Row[] = [
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
  [
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.'),
    'quota~',
    'rate_limited',
  ],
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
  ...['1000', '1001', '1002', '1003', '1004'].map((code): Row => [
    400,
    zhipu(code),
    'auth',
    'invalid_api_key',
  ]),
  ...['1110', '1111', '1112'].map((code): Row => [429, zhipu(code), 'auth', 'account_disabled']),
  [429, zhipu('1113', '您的账户已欠费,请充值后重试'), 'quota!', 'arrearage'],
  [400, zhipu('1211'), 'api', 'model_not_found'],
  [400, zhipu('1261', 'Prompt 超长'), 'api', 'context_length_exceeded'],
  [400, zhipu('1301'), 'api', 'content_filter'],
  ...['1302', '1303', '1305'].map((code): Row => [429, zhipu(code), 'quota~', 'rate_limited']),
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
  [429, { message: 'Rejected due to rate limiting. TPM limit reached.' }, 'quota~', 'rate_limited'],
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
  [403, error('Overdue.', 'AccountOverdueError'), 'quota!', 'arrearage'],
  [404, error('No.', 'InvalidEndpointOrModel.NotFound'), 'api', 'model_not_found'],
  [404, error('No.', 'DeploymentNotFound'), 'api', 'model_not_found'],
  [403, error('Key limit exceeded (total limit).'), 'quota!', 'insufficient_quota'],
  [400, error('Budget has been exceeded!', '400'), 'quota!', 'insufficient_quota'],
  [401, error('该令牌额度已用尽'), 'quota!', 'insufficient_quota'],
  [400, { error_code: 18, error_msg: 'Open api qps request limit' }, 'quota~', 'rate_limited'],
  [400, { error_code: 110, error_msg: 'Access token invalid' }, 'auth', 'invalid_api_key'],
  [400, { error_code: 336007, error_msg: 'tokens too long' }, 'api', 'context_length_exceeded'],
  [400, google(400, 'INVALID_ARGUMENT', 'API Key not found.'), 'auth', 'invalid_api_key'],
  [
    403,
    moonshot('access_terminated_error', 'currently only available for Coding Agents'),
    'api',
    'coding_agents_only',
  ],
  [408, '', 'api~', 'server_error'],
  [425, '', 'api~', 'server_error'],
  [501, '', 'api', 'server_error'],
  [500, { error: 'error loading model: out of memory' }, 'api~', 'server_error'],
  [500, error('Incorrect API key provided'), 'auth', 'invalid_api_key'],
];
