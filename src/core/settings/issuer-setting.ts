/** The authorization server that the settings name. */
import { QWEN_ISSUER } from '../qwen/issuer.ts';
import { type Layers, setting } from './definitions.ts';
import { fromEnvironment, requireUnquoted, type Sourced } from './layers.ts';
import { listSetting } from './list-settings.ts';

/**
 * How the endpoints of the server are found: by its metadata, with the paths of Qwen's, or by hand.
 */
export interface IssuerSetting {
  kind: 'discovery' | 'qwen-paths' | 'by-hand';
  /** The issuer. Of endpoints by hand without `--issuer`: the origin of the token endpoint. */
  url: Sourced<string>;
  /** Endpoints that the user names, which need no metadata. */
  device_endpoint?: Sourced<string>;
  token_endpoint?: Sourced<string>;
}

/** The settings about one server. Those of a profile do not apply to a server named elsewhere. */
export interface ServerSettings {
  /** Undefined: Qwen's. */
  issuer: IssuerSetting | undefined;
  /** The hosts beside the issuer's that may have its endpoints. */
  trust_host: Sourced<string[]> | undefined;
  /** NAME=VALUE: more fields of the device authorization request. */
  param: Sourced<string[]> | undefined;
}

/**
 * Of `--issuer`, `QWEN_DEMO_ISSUER`, `QWEN_DEMO_OAUTH_BASE_URL`, the endpoint flags and the profile,
 * the strongest layer names the server.
 * @throws UsageError `empty_flag`, `empty_setting`; the errors of {@link listSetting}
 */
export function serverSettings(layers: Layers): ServerSettings {
  const named = withoutWellKnown(setting('issuer', layers));
  const variable = fromEnvironment(layers.env, 'QWEN_DEMO_OAUTH_BASE_URL');
  const base = variable && requireUnquoted(variable);
  // Both name a server: the stronger layer decides.
  const by_base = base !== undefined && (named === undefined || named.layer === 'profile');
  const server = by_base ? base : named;
  const applies = <T>(found: Sourced<T> | undefined) =>
    found?.layer === 'profile' && server !== undefined && server.layer !== 'profile'
      ? undefined
      : found;
  const device_endpoint = applies(setting('device_endpoint', layers));
  const token_endpoint = applies(setting('token_endpoint', layers));
  return {
    issuer: issuerSetting({ server, by_base, device_endpoint, token_endpoint }),
    trust_host: applies(listSetting('trust_host', layers)),
    param: applies(listSetting('param', layers)),
  };
}

/** People paste the address of the metadata: its issuer is meant. */
function withoutWellKnown(named: Sourced<string> | undefined): Sourced<string> | undefined {
  const metadata = /\/\.well-known\/(?:oauth-authorization-server|openid-configuration)(?=\/|$)/;
  return named && { ...named, value: named.value.trim().replace(metadata, '') };
}

interface Named {
  server: Sourced<string> | undefined;
  by_base: boolean;
  device_endpoint: Sourced<string> | undefined;
  token_endpoint: Sourced<string> | undefined;
}

function issuerSetting(named: Named): IssuerSetting | undefined {
  const { server, by_base, device_endpoint, token_endpoint } = named;
  const endpoints = {
    ...(device_endpoint && { device_endpoint }),
    ...(token_endpoint && { token_endpoint }),
  };
  const endpoint = token_endpoint ?? device_endpoint;
  if (endpoint !== undefined) {
    const both = device_endpoint !== undefined && token_endpoint !== undefined;
    // Two endpoints of a flag are a server of their own beside an issuer of a variable or a profile.
    const weaker = server === undefined || (both && areFlags(named) && server.layer !== 'flag');
    const url = weaker ? { ...endpoint, value: originOf(endpoint.value) } : server;
    if (both || server === undefined) return { kind: 'by-hand', url, ...endpoints };
  }
  if (server === undefined) return undefined;
  const qwen = by_base || isQwen(server.value);
  return { kind: qwen ? 'qwen-paths' : 'discovery', url: server, ...endpoints };
}

/** Whether both endpoints come from flags. */
function areFlags({ device_endpoint, token_endpoint }: Named): boolean {
  return device_endpoint?.layer === 'flag' && token_endpoint?.layer === 'flag';
}

/** Qwen publishes no metadata. */
function isQwen(issuer: string): boolean {
  return URL.canParse(issuer) && new URL(issuer).href === new URL(QWEN_ISSUER).href;
}

function originOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint;
}
