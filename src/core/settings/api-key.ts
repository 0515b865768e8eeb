import { DEFAULT_ENDPOINT, parseEndpoint } from '../endpoint.ts';
import { UsageError } from '../errors.ts';
import { isLoopbackHost, isQwenHost } from '../hosts.ts';
import { type Environment, first, fromEnvironment, fromFlag, type Sourced } from './layers.ts';

/** A variable that may hold an API key, and the endpoint such a key is for. */
interface KeyVariable {
  name: string;
  endpoint: string | undefined;
  /** Whether a key of this kind belongs to the host. */
  home: (hostname: string) => boolean;
}

const isCodingPlan = (hostname: string) => /^coding(-[a-z]+)?\.dashscope\./.test(hostname);
const isTokenPlan = (hostname: string) => hostname.startsWith('token-plan.');

/** In the order in which they are taken when no base URL says more. */
const KEY_VARIABLES: KeyVariable[] = [
  {
    name: 'DASHSCOPE_API_KEY',
    endpoint: DEFAULT_ENDPOINT,
    home: (hostname) => isQwenHost(hostname) && !isCodingPlan(hostname) && !isTokenPlan(hostname),
  },
  {
    name: 'BAILIAN_CODING_PLAN_API_KEY',
    endpoint: 'https://coding.dashscope.aliyuncs.com/v1',
    home: (hostname) => isQwenHost(hostname) && isCodingPlan(hostname),
  },
  {
    name: 'BAILIAN_TOKEN_PLAN_API_KEY',
    endpoint: 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1',
    home: (hostname) => isQwenHost(hostname) && isTokenPlan(hostname),
  },
  { name: 'OPENAI_API_KEY', endpoint: undefined, home: (hostname) => !isQwenHost(hostname) },
];

/** The base URL a user named, normalized. */
export function baseUrlSetting(
  flag: string | undefined,
  env: Environment,
): Sourced<string> | undefined {
  const named = first(
    fromFlag('--base-url', flag),
    fromEnvironment(env, 'OPENAI_BASE_URL', 'DASHSCOPE_BASE_URL'),
  );
  return named && { ...named, value: parseEndpoint(named.value, named.source) };
}

/** An API key with the endpoint it is sent to. The key's `value` is a secret. */
export interface KeyAccess {
  key: Sourced<string> | undefined;
  endpoint: Sourced<string>;
}

/**
 * Which key goes to which endpoint. With a base URL, a key whose home it is comes first; a
 * DashScope key never goes to a foreign host that stands only in `OPENAI_BASE_URL`, because that
 * variable is usually there for another program. `OPENAI_API_KEY` counts only beside a base URL.
 * @throws UsageError when a key is there but must not be sent
 */
export function keyAccess(
  base_url: Sourced<string> | undefined,
  env: Environment,
): KeyAccess | undefined {
  const candidates = KEY_VARIABLES.flatMap((variable) => {
    const key = fromEnvironment(env, variable.name);
    return key ? [{ ...variable, key }] : [];
  });
  if (base_url === undefined) {
    const candidate = candidates.find(({ endpoint }) => endpoint !== undefined);
    return candidate && atHome(candidate.key, candidate.endpoint);
  }
  const { hostname } = new URL(base_url.value);
  const candidate = candidates.find(({ home }) => home(hostname)) ?? candidates[0];
  if (candidate === undefined) return { key: undefined, endpoint: base_url };
  const foreign = !isQwenHost(hostname) && !isLoopbackHost(hostname);
  if (foreign && base_url.source === 'OPENAI_BASE_URL' && candidate.endpoint !== undefined) {
    throw new UsageError(`${candidate.name} is not sent to ${hostname}`, {
      code: 'foreign_base_url',
      hint:
        `${hostname} stands only in OPENAI_BASE_URL. Set OPENAI_API_KEY for it, ` +
        `name it with --base-url, or unset OPENAI_BASE_URL.`,
    });
  }
  return { key: candidate.key, endpoint: base_url };
}

function atHome(key: Sourced<string>, endpoint: string | undefined): KeyAccess {
  return { key, endpoint: { value: endpoint ?? DEFAULT_ENDPOINT, source: key.source } };
}
