/** The path of an API base URL, from the addresses that people paste, and the URLs of requests. */
import { planOfHost } from './plans.ts';

/** The paths of requests, below the base URL. */
export type ApiPath = '/chat/completions' | '/embeddings' | '/models';

/**
 * The path of an endpoint at the root of its host, where no `/v1` is added: api.perplexity.ai serves
 * only `/chat/completions`.
 */
const ROOT = '/chat/completions';

/** The last part of an address of one request. */
const REQUEST = /\/(chat\/completions|completions|models|embeddings|responses)$/i;
const REQUEST_OF_VERSION = /(\/v\d\w*)\/(chat|messages)$/i;

/** The host of a family, with paths that lead to another API of it, and that of the one meant. */
interface OtherApi {
  host: RegExp;
  path: RegExp;
  compatible: string;
}

const OTHER_APIS: readonly OtherApi[] = [
  // Ollama (/api/chat) and LM Studio (/api/v1/chat).
  { host: /:11434$/, path: /^\/(api(\/.*)?|chat\/completions)$/, compatible: '/v1' },
  { host: /./, path: /^\/api\/(chat|generate|tags)$/, compatible: '/v1' },
  { host: /:1234$/, path: /^\/(api\/v[01](\/.*)?|chat\/completions)$/, compatible: '/v1' },
  {
    host: /\.(openai|cognitiveservices|services\.ai)\.azure\.com$/,
    path: /^(\/openai|\/v1)?$/,
    compatible: '/openai/v1',
  },
  {
    host: /^generativelanguage\.googleapis\.com$/,
    path: /^(?!.*\/openai$)/,
    compatible: '/v1beta/openai',
  },
  { host: /^openrouter\.ai$/, path: /^(\/api|\/v1)?$/, compatible: '/api/v1' },
  { host: /^api\.groq\.com$/, path: /^(\/openai|\/v1)?$/, compatible: '/openai/v1' },
];

/** DashScope's own API and its copy of Anthropic's. */
const OTHER_OF_DASHSCOPE = /^(\/v1|\/api|\/api\/v1(\/services\/.*)?|\/apps\/anthropic(\/v1)?)?$/;

/**
 * The path of an API base URL: without a final slash, without that of a request
 * (`/v1/chat/completions`), a doubled `/v1` or `/V1`. May be empty. Applied twice it changes nothing
 * more.
 */
export function basePath(url: URL): string {
  // A proxy may have an address in its path: https://proxy.example/https://api.example.com/v1.
  const path = url.pathname.replaceAll(/(?<!:)\/{2,}/g, '/').replace(/\/+$/, '');
  return withoutRequest(path, url).replace(/(\/v1)+$/i, '/v1');
}

function withoutRequest(path: string, { hostname }: Pick<URL, 'hostname'>): string {
  // At Azure AI Foundry this is the path of the API.
  if (path === '/models' && hostname.endsWith('.services.ai.azure.com')) return path;
  if (path.toLowerCase() === ROOT) return ROOT;
  const shorter = path.replace(REQUEST, '').replace(REQUEST_OF_VERSION, '$1');
  return shorter === path ? path : withoutRequest(shorter, { hostname });
}

/**
 * The path of the OpenAI-compatible API at a host whose other API, or only whose host, the user
 * named: `https://dashscope.aliyuncs.com/api/v1`. Any other path comes back unchanged.
 */
export function compatiblePath({ host, hostname }: URL, path: string): string {
  if (hostname.endsWith('.aliyuncs.com') && OTHER_OF_DASHSCOPE.test(path)) {
    return planOfHost(hostname) === 'coding' ? '/v1' : '/compatible-mode/v1';
  }
  const other = OTHER_APIS.find((one) => one.host.test(host) && one.path.test(path));
  return other?.compatible ?? path;
}

/**
 * The address that a user named, without its query, when it is that of another API than the endpoint that
 * {@link compatiblePath} led to: DashScope's `/api/v1` and `/apps/anthropic`, Ollama's `/api`.
 */
export function otherApi(named: string, endpoint: string): string | undefined {
  const [address = '', first = ''] =
    /^(?:\w+:\/\/)?[^/?]+(\/(?:api|apps)(?=[/?]|$))[^?]*/i.exec(named.trim()) ?? [];
  return new URL(endpoint).pathname.startsWith(first) ? undefined : address;
}

/**
 * The URL of a request. A query of the endpoint, such as `?api-version=`, stays behind the path.
 * @param query of this request, without its question mark
 */
export function apiUrl(endpoint: string, path: string, query?: string): string {
  const { origin, pathname, search } = new URL(endpoint);
  const base = pathname === ROOT ? '' : pathname.replace(/\/+$/, '');
  const more = query === undefined ? '' : `${search === '' ? '?' : '&'}${query}`;
  return origin + base + path + search + more;
}
