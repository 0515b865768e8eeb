import type { Reply } from './exchange.ts';

/** Ways to misbehave that were seen at real services, each the same every time. */
export const FAULTS = {
  'html-login': 'the device endpoint answers with the HTML page of a web application firewall',
  'pending-200': 'a pending login is told with 200 {"status":"pending"}, at least once',
  'dead-free-tier': 'the login succeeds, and then every API request gets 401',
  'html-api': 'every API request gets an HTML page with status 200',
  'rate-limit': 'the first chat request gets 429 with Retry-After: 1',
  quota: 'every chat request gets 429 insufficient_quota',
  slow: 'the first token takes two seconds',
  'truncate-stream': 'an event stream ends in the middle of the answer',
  'error-frame': 'an event stream ends with an error frame after half of the answer',
} as const satisfies Record<string, string>;

export type Fault = keyof typeof FAULTS;

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

export const SLOW_FIRST_TOKEN_MS = 2000;

/** What Alibaba's firewall shows to a client it takes for a robot. */
export const FIREWALL_PAGE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: [
    '<!doctypehtml><html lang="zh-cn"><meta charset="utf-8">',
    '<meta name="aliyun_waf_aa" content="sandbox">',
    '<title>Verification</title><p>Please enable JavaScript to continue.</p></html>\n',
  ].join('\n'),
};

export const RATE_LIMITED: Reply = {
  status: 429,
  headers: { 'retry-after': '1' },
  body: {
    error: {
      message: 'Requests rate limit exceeded, please try again later.',
      type: 'limit_requests',
      param: null,
      code: 'limit_requests',
    },
  },
};

export const QUOTA_EXCEEDED: Reply = {
  status: 429,
  body: {
    error: {
      message: 'Free allocated quota exceeded.',
      type: 'insufficient_quota',
      param: null,
      code: 'insufficient_quota',
    },
  },
};

/** The data of the last event before a stream with `error-frame` ends. */
export const ERROR_FRAME = {
  error: {
    message: 'Internal server error!',
    type: 'internal_error',
    param: null,
    code: 'internal_error',
  },
} as const;
