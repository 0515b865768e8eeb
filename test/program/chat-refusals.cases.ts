import { error, json, raw, says } from '../helpers/model-api.ts';
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
    the: 'answers HTTP 503',
    answer: (response) => {
      response.setHeader('retry-after', '0');
      json(503, {})(response);
    },
    args: ['--max-retries', '1'],
    code: 5,
    stderr: /trying again in [^]*error: [^]*try again later/,
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
