import { type Behaviour, error, json, raw, says } from '../helpers/model-api.ts';
import type { Ending } from './chat-endings.cases.ts';

export const REFUSED: Ending[] = [
  {
    the: 'shows a page of its firewall',
    answer: raw(200, 'text/html', '<!doctypehtml><meta name="aliyun_waf_aa" content="x">'),
    code: 7,
    stderr: /firewall/,
  },
  {
    the: 'shows another web page',
    answer: raw(200, 'text/html', '<!doctype html><title>Hello</title>'),
    code: 7,
    stderr: /web page[^]*base URL/,
  },
  {
    the: 'redirects to another host',
    answer: (response) => response.writeHead(302, { location: 'https://evil.example/' }).end(),
    code: 7,
    stderr: /redirect/,
  },
  {
    the: 'sends JSON that is not a chat completion',
    answer: json(200, { hello: 1 }),
    args: ['--no-stream'],
    code: 7,
    stderr: /is no chat completion/,
  },
  {
    the: 'refuses the key',
    answer: error(401, 'invalid_api_key', 'Incorrect API key provided.'),
    code: 3,
    stderr: /Incorrect API key[^]*needs a key/,
  },
  {
    the: "refuses the key in DashScope's own format",
    answer: json(401, { code: 'InvalidApiKey', message: 'Invalid key.', request_id: 'r' }),
    code: 3,
    stderr: /Invalid key\.[^]*request r/,
  },
  {
    the: 'does not know the model',
    answer: error(404, 'model_not_found', 'No such model.'),
    code: 5,
    stderr: /qwen-demo list-models/,
  },
  {
    the: 'denies this account the model',
    answer: error(403, 'Model.AccessDenied', 'Access denied.'),
    code: 5,
    stderr: /activate it/,
  },
  {
    the: 'reports unpaid bills',
    answer: error(400, 'Arrearage', 'Access denied, please pay.'),
    code: 6,
    stderr: /unpaid bills/,
  },
  {
    the: 'reports that the quota is used up',
    answer: error(429, 'insufficient_quota', 'You exceeded your current quota.'),
    args: ['--max-retries', '2'],
    code: 6,
    stderr: /^error: [^]*used up/,
  },
  {
    the: 'reports that the free quota is used up',
    answer: error(403, 'AllocationQuota.FreeTierOnly', 'The free tier is exhausted.'),
    code: 6,
    stderr: /free quota is used up/,
  },
  {
    the: 'limits the rate of requests',
    answer: (response) => {
      response.setHeader('retry-after', '0');
      error(429, 'Throttling.RateQuota', 'Slow down.')(response);
    },
    args: ['--max-retries', '1'],
    code: 6,
    stderr: /trying again in [^]*error: [^]*wait a minute/,
  },
  {
    the: 'rejects the prompt with its content filter',
    answer: error(400, 'DataInspectionFailed', 'Input may contain improper content.'),
    code: 5,
    stderr: /content filter of the service/,
  },
  {
    the: 'supports thinking only in a stream',
    answer: error(
      400,
      'invalid_parameter_error',
      'parameter.enable_thinking must be set to false for non-streaming calls',
    ),
    args: ['--no-stream'],
    code: 5,
    stderr: /add -s/,
  },
  {
    the: 'accepts only coding agents',
    answer: json(405, { error: 'Coding Plan is currently only available for Coding Agents' }),
    code: 5,
    stderr: /Coding Plan/,
  },
  {
    the: 'gets more than its context window',
    answer: json(400, {
      error: {
        code: 400,
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 14_429,
        n_ctx: 8192,
      },
    }),
    code: 5,
    stderr: /shorten them[^]*--max-context 8192/,
  },
  {
    the: 'wants max_completion_tokens',
    answer: error(400, 'unsupported_parameter', "Use 'max_completion_tokens' instead."),
    args: ['--max-tokens', '50'],
    code: 5,
    stderr: /--extra-body '\{"max_completion_tokens":50\}'/,
  },
  {
    the: 'quotes the server behind it',
    answer: json(429, {
      error: {
        message: 'Provider returned error',
        code: 429,
        metadata: { raw: 'm is rate-limited upstream', provider_name: 'Chutes' },
      },
    }),
    args: ['--max-retries', '0'],
    code: 6,
    stderr: /Provider returned error \(from Chutes\): m is rate-limited upstream/,
  },
  {
    the: 'reports the key in the words of Gemini',
    answer: json(400, [
      { error: { code: 400, message: 'No.', details: [{ reason: 'API_KEY_INVALID' }] } },
    ]),
    code: 3,
    stderr: /No\.[^]*needs a key/,
  },
  {
    the: 'reports the balance in the words of SiliconFlow',
    answer: json(403, { code: 30_001, message: 'Sorry, your account balance is insufficient' }),
    code: 6,
    stderr: /^error: [^]*top it up/,
  },
  {
    the: 'answers HTTP 503',
    answer: (response) => {
      response.setHeader('retry-after', '0');
      json(503, {})(response);
    },
    args: ['--max-retries', '1'],
    code: 5,
    stderr: /trying again in [^]*error: [^]*try again later/,
  },
  {
    the: 'does not begin to answer',
    answer: (response) => response.writeHead(200).write(': a comment\n\n'),
    args: ['--timeout', '1s'],
    code: 4,
    stderr: /did not begin to answer within 1s[^]*--timeout 30s/,
  },
];

/** A failure, and then an answer. */
function once(failure: Behaviour): Behaviour {
  let failed = false;
  return (response) => {
    if (failed) return says('a')(response);
    failed = true;
    response.setHeader('retry-after', '0');
    failure(response);
  };
}

export const PASSING: Ending[] = [
  {
    the: 'is overloaded for a moment',
    answer: once(json(529, { type: 'error', error: { type: 'overloaded_error' } })),
    code: 0,
    stdout: 'a\n',
    stderr: /^\S+ answered HTTP 529; trying again in 0\.0 s\n$/,
  },
  {
    the: 'is loading its model',
    answer: once(json(503, { error: { code: 503, message: 'Loading model' } })),
    code: 0,
    stdout: 'a\n',
    stderr: /^\S+ is loading the model; waiting up to 10m\n$/,
  },
  {
    the: 'sends an empty stream and then the answer',
    answer: once(raw(200, 'text/event-stream', '')),
    code: 0,
    stdout: 'a\n',
    stderr: /nothing of it had arrived[^]*; trying again in 0\.\d s\n$/,
  },
  {
    the: 'fails for a moment inside its answer',
    answer: once(
      raw(200, 'text/event-stream', 'data: {"error":{"code":502,"message":"boom"}}\n\n'),
    ),
    code: 0,
    stdout: 'a\n',
    stderr: /boom; trying again in 0\.\d s\n$/,
  },
];

export const UNWANTED: Ending[] = [
  {
    the: 'puts the JSON of the schema in a code block',
    answer: says('```js', 'on\n{"a":', '1}\n```\n'),
    args: ['--json-schema', '{"properties":{"a":{"type":"number"}}}'],
    code: 0,
    stdout: '{"a":1}\n',
  },
  {
    the: 'does not follow the schema',
    answer: says('{"a":"x"}'),
    args: ['--json-schema', '{"properties":{"a":{"type":"number"}}}'],
    code: 7,
    stdout: '{"a":"x"}\n',
    stderr: /\/a must be number/,
  },
  {
    the: 'writes no code block',
    answer: says('words'),
    args: ['-x'],
    code: 7,
    stderr: /holds no code block/,
  },
];
