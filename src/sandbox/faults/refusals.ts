import { UsageError } from '../../core/errors.ts';
import { parseNumber, wholeNumberRule } from '../../core/number.ts';
import type { Fields, Reply } from '../router.ts';
import { text, word, type Argument } from './arguments.ts';
import { GROUPS } from './endpoints.ts';
import { fault, faultOf, reply, type Fault, type Situation } from './fault.ts';
import { HOSTILE_TEXT } from './text.ts';

const at = GROUPS.all;
const api = GROUPS.api;

/** How a refusal says when to try again: headers, and fields of its error. */
interface Wait {
  headers?: (now: number) => Readonly<Record<string, string>>;
  fields?: Fields;
}

const date = (ms: number) => (now: number) => ({
  'retry-after': new Date(now + ms).toUTCString(),
});

/** The forms in which servers say when to try again, beside a number of seconds. */
const WAITS: Readonly<Record<string, Wait>> = {
  date: { headers: date(2000) },
  past: { headers: date(-3_600_000) },
  negative: { headers: () => ({ 'retry-after': '-1' }) },
  fraction: { headers: () => ({ 'retry-after': '0.5' }) },
  junk: { headers: () => ({ 'retry-after': 'soon' }) },
  ms: { headers: () => ({ 'retry-after-ms': '50' }) },
  details: {
    fields: {
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }],
    },
  },
  yes: { headers: () => ({ 'x-should-retry': 'true' }) },
  no: { headers: () => ({ 'x-should-retry': 'false' }) },
};

const WAIT_WORDS = Object.keys(WAITS).join(', ');

/** Answers that refuse a request, or send it elsewhere. */
export const REFUSALS: Readonly<Record<string, Fault>> = {
  status: faultOf({
    about: `a refusal with this status; RETRY-AFTER is a number of seconds, ${WAIT_WORDS}`,
    at,
    argument: statusAndWait(),
    does: ({ status, wait }) => reply((situation) => refusal(situation, status, { wait })),
  }),
  'rate-limit': faultOf({
    about: '429 limit_requests; RETRY-AFTER as for status',
    at: ['chat'],
    argument: { name: 'RETRY-AFTER', fallback: '1', parse: parseWait },
    requests: '1',
    does: (wait) => reply((situation) => refusal(situation, 429, { wait })),
  }),
  quota: fault({
    about: '429 insufficient_quota: the quota is used up',
    at: ['chat'],
    does: reply((situation) =>
      refusal(situation, 429, {
        code: 'insufficient_quota',
        message: 'Free allocated quota exceeded.',
      }),
    ),
  }),
  'dead-free-tier': fault({
    about: '401 for every token, as after the end of the free tier',
    at: api,
    does: reply((situation) => refusal(situation, 401, {})),
  }),
  'error-code': faultOf({
    about: '400 with this error code, which may be a key of any object',
    at,
    argument: text('CODE', '__proto__'),
    does: (code) => reply((situation) => refusal(situation, 400, { code })),
  }),
  'native-error': faultOf({
    about: "400 with this code in DashScope's own format",
    at: api,
    argument: text('CODE', 'Arrearage'),
    does: (code) =>
      reply(() => ({
        status: 400,
        body: { code, message: 'Access denied, see the code.', request_id: 'sandbox' },
      })),
  }),
  'error-200': fault({
    about: 'an error with status 200',
    at,
    does: reply((situation) => ({ ...refusal(situation, 500, {}), status: 200 })),
  }),
  'hostile-error': fault({
    about: '400 with a message of escape sequences, bidirectional controls and a workflow command',
    at,
    does: reply((situation) => refusal(situation, 400, { message: HOSTILE_TEXT })),
  }),
  'key-in-error': fault({
    about: '400 with a message that repeats the key or token of the request',
    at: api,
    does: reply((situation) => {
      const key = situation.exchange.request.headers.authorization?.replace(/^Bearer /i, '');
      return refusal(situation, 400, { message: `Incorrect API key provided: ${key}.` });
    }),
  }),
  html: faultOf({
    about: 'the HTML page of a web application firewall, with this status',
    at,
    argument: { name: 'STATUS', fallback: '200', parse: parseStatus },
    does: (status) => reply(() => ({ ...FIREWALL_PAGE, status })),
  }),
  'html-login': fault({
    about: 'the HTML page of a web application firewall in place of a device code',
    at: ['device'],
    does: reply(() => FIREWALL_PAGE),
  }),
  'html-api': fault({
    about: 'the HTML page of a web application firewall in place of every answer of the API',
    at: api,
    does: reply(() => FIREWALL_PAGE),
  }),
  redirect: faultOf({
    about: '307 to this URL',
    at,
    argument: text('URL', 'https://elsewhere.example/'),
    does: (location) => reply(() => ({ status: 307, headers: { location }, body: '' })),
  }),
  'redirect-self': faultOf({
    about: 'a redirect with this status to the same URL',
    at,
    argument: word('STATUS', '307', { 301: 301, 302: 302, 303: 303, 307: 307, 308: 308 }),
    does: (status) =>
      reply(({ exchange }) => ({
        status,
        headers: { location: exchange.url.href },
        body: '',
      })),
  }),
  empty: fault({
    about: '200 with an empty body',
    at,
    does: reply(() => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '',
    })),
  }),
  body: faultOf({
    about: '200 with this text as JSON',
    at,
    argument: text('TEXT', '[]'),
    does: (body) =>
      reply(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body })),
  }),
  'plain-text': fault({
    about: '200 with a sentence in place of JSON',
    at,
    does: reply(() => ({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'upstream connect error or disconnect/reset before headers',
    })),
  }),
};

/** The page that Alibaba's web application firewall shows to a client that it takes for a robot. */
const FIREWALL_PAGE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: [
    '<!doctypehtml><html lang="zh-cn"><meta charset="utf-8">',
    '<meta name="aliyun_waf_aa" content="sandbox">',
    '<title>Verification</title><p>Please enable JavaScript to continue.</p></html>\n',
  ].join('\n'),
};

function parseWait(given: string): Wait {
  if (/^\d{1,9}$/.test(given)) return { headers: () => ({ 'retry-after': given }) };
  const found = Object.hasOwn(WAITS, given) ? WAITS[given] : undefined;
  if (found) return found;
  throw new UsageError(`--fault: "${given}" is no form of Retry-After`, {
    code: 'invalid_fault',
    choice: { given, among: Object.keys(WAITS) },
    hint: `Write a number of seconds, or one of ${WAIT_WORDS}.`,
  });
}

function parseStatus(given: string): number {
  return parseNumber(given, '--fault', wholeNumberRule(200, 599, 'invalid_fault'));
}

function statusAndWait(): Argument<{ status: number; wait: Wait }> {
  return {
    name: 'STATUS[,RETRY-AFTER]',
    fallback: '503',
    parse: (given) => {
      const [status = '', wait] = given.split(',', 2);
      return { status: parseStatus(status), wait: wait === undefined ? {} : parseWait(wait) };
    },
  };
}

interface Refusal {
  code?: string;
  message?: string;
  wait?: Wait;
}

/** The codes of the model API and of the authorization server (RFC 6749 §5.2). */
const CODES: Readonly<Record<number, readonly [api: string, oauth: string, message: string]>> = {
  401: ['invalid_api_key', 'invalid_client', 'invalid access token or token expired'],
  403: ['access_denied', 'access_denied', 'Access denied.'],
  404: ['not_found', 'invalid_request', 'Not found.'],
  429: [
    'limit_requests',
    'temporarily_unavailable',
    'Requests rate limit exceeded, please try again later.',
  ],
  503: ['service_unavailable', 'temporarily_unavailable', 'The service is overloaded.'],
};

/** A refusal in the format of the endpoint. */
function refusal({ exchange, clock }: Situation, status: number, refused: Refusal): Reply {
  const is_api = exchange.url.pathname.startsWith('/v1/');
  const fallback = status < 500 ? ['invalid_parameter_error', 'invalid_request', 'Refused.'] : [];
  const known = CODES[status] ?? fallback;
  const [api_code = 'internal_error', oauth_code = 'server_error', text = 'Internal error!'] =
    known;
  const { code = is_api ? api_code : oauth_code, message = text, wait = {} } = refused;
  const body = is_api
    ? { error: { message, type: code, param: null, code, ...wait.fields } }
    : { error: code, error_description: message, ...wait.fields };
  return { status, headers: wait.headers?.(clock.now()) ?? {}, body: status === 204 ? '' : body };
}
