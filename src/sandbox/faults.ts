import type { Reply } from './router.ts';

/** The faults by name, each observed at a real service. A fault is deterministic. */
export const FAULTS = {
  'html-login': 'the device endpoint answers with the HTML page of a web application firewall',
  'pending-200': 'a pending login is reported as 200 {"status":"pending"}, at least once',
  'dead-free-tier': 'the login succeeds, but every API request gets 401',
  'html-api': 'every API request gets an HTML page with status 200',
  'rate-limit': 'the first chat request gets 429 with Retry-After: 1',
  quota: 'every chat request gets 429 insufficient_quota',
  slow: 'the first token takes 2 seconds',
  'truncate-stream': 'an event stream ends in the middle of the answer',
  'error-frame': 'an event stream ends with an error frame after half of the answer',
} as const satisfies Record<string, string>;

/** The name of a fault. */
export type Fault = keyof typeof FAULTS;

/** True for the name of a fault. */
export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

/** Milliseconds before the first token with the fault `slow`. */
export const SLOW_FIRST_TOKEN_MS = 2000;

/** The page that Alibaba's web application firewall shows to a client that it takes for a robot. */
export const FIREWALL_PAGE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: [
    '<!doctypehtml><html lang="zh-cn"><meta charset="utf-8">',
    '<meta name="aliyun_waf_aa" content="sandbox">',
    '<title>Verification</title><p>Please enable JavaScript to continue.</p></html>\n',
  ].join('\n'),
};

/** The response of the fault `rate-limit`. */
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

/** The response of the fault `quota`. */
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

/** The data of the last event with the fault `error-frame`. */
export const ERROR_FRAME = {
  error: {
    message: 'Internal server error!',
    type: 'internal_error',
    param: null,
    code: 'internal_error',
  },
} as const;
