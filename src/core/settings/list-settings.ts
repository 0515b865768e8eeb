/** The settings with several values: of a flag that can be repeated, else of the profile. */
import { UsageError } from '../errors.ts';
import { camelCase, type Layers, type ListKey } from './definitions.ts';
import { fromFlag, type Sourced, strongest } from './layers.ts';

/** Reads one value. @param source the flag or the profile, for the message */
type ParseValue = (text: string, source: string) => string;

const PARSERS: Readonly<Record<ListKey, ParseValue>> = {
  resource: parseResource,
  trust_host: parseHost,
  param: parseParam,
  fallback_models: parseModel,
};

/**
 * The values of a setting, from the strongest layer that has any.
 * @throws UsageError `invalid_resource`, `invalid_trust_host`, `invalid_param` or `empty_setting`
 */
export function listSetting(key: ListKey, layers: Layers): Sourced<string[]> | undefined {
  const { value: name, recorded } = layers.profile;
  const flag = layers.flags[camelCase(key)];
  const stored = recorded?.[key];
  const found = strongest(
    fromFlag(`--${key.replaceAll('_', '-')}`, flag && [...flag]),
    stored === undefined
      ? undefined
      : { value: [stored].flat(), source: `profile ${name}`, layer: 'profile' },
  );
  if (found === undefined) return undefined;
  const parse = PARSERS[key];
  return { ...found, value: found.value.map((text) => parse(text, found.source)) };
}

function parseModel(id: string, source: string): string {
  if (id.trim() !== '') return id;
  throw new UsageError(`${source}: fallback_models has an empty name`, { code: 'empty_setting' });
}

/** RFC 8707 §2: an absolute URI without a fragment. */
function parseResource(uri: string, source: string): string {
  if (URL.canParse(uri) && !uri.includes('#')) return uri;
  throw new UsageError(`${source}: "${uri}" is not a resource`, {
    code: 'invalid_resource',
    hint: 'A resource is an absolute URI without a fragment: https://api.example.com/v1',
  });
}

/** `HOST` or `HOST:PORT` in the form that `new URL()` gives; a pasted URL counts as its host. */
function parseHost(text: string, source: string): string {
  const url = text.includes('://') ? text.trim() : `https://${text.trim()}`;
  const { host, username, search, hash } = URL.canParse(url) ? new URL(url) : NO_URL;
  const bare = text.includes('://') || !/[/?#\\]/.test(text);
  if (bare && host !== '' && !host.includes('*') && `${username}${search}${hash}` === '') {
    return host;
  }
  throw new UsageError(`${source}: "${text}" is not a host`, {
    code: 'invalid_trust_host',
    hint: 'Name one host, if needed with its port: login.example.com or login.example.com:8443',
  });
}

const NO_URL = { host: '', username: '', search: '', hash: '' };

/** Fields that hold secrets. They never come from a flag or from `config.json`. */
const SECRET_PARAMS = new Set([
  'client_secret',
  'client_assertion',
  'device_code',
  'code_verifier',
  'refresh_token',
  'access_token',
  'password',
]);
/** Fields that the program sets itself, with the flag for their value. */
const OWN_PARAMS: ReadonlyMap<string, string> = new Map([
  ['client_id', ': use --client-id'],
  ['scope', ': use --scope'],
  ['resource', ': use --resource'],
  ['grant_type', ''],
  ['code_challenge', ''],
  ['code_challenge_method', ''],
  ['client_assertion_type', ''],
]);

/** `NAME=VALUE`. RFC 6749 appendix A: a name has letters, digits, `-`, `.` and `_`. */
function parseParam(text: string, source: string): string {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const known = name.toLowerCase();
  if (SECRET_PARAMS.has(known)) {
    const hint =
      known === 'client_secret'
        ? 'Give it with --client-secret-file FILE, or in QWEN_DEMO_CLIENT_SECRET.'
        : 'The program sends this field itself where it is needed.';
    throw invalidParam(`${source} cannot set ${known}, which is a secret`, hint);
  }
  const own = OWN_PARAMS.get(known);
  if (own !== undefined) {
    throw invalidParam(`${source} cannot set ${known}, which the program sets itself${own}`);
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw invalidParam(`${source}: a parameter is NAME=VALUE`, 'Example: --param audience=URL');
  }
  if (at === -1 || at === text.length - 1) {
    throw invalidParam(`${source}: ${name} has no value`, `Write it as --param ${name}=VALUE`);
  }
  return text;
}

function invalidParam(message: string, hint?: string): UsageError {
  return new UsageError(message, { code: 'invalid_param', hint });
}
