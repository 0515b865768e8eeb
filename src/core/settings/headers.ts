/** Headers that the user adds to the requests to the model API, and the one that carries the key. */
import { UsageError } from '../errors.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import { planOfKeys } from './api-key.ts';
import { HEADERS, type HeaderValues, type Layers, setting } from './definitions.ts';
import { fromEnvironment, requireUnquoted, type Sourced } from './layers.ts';
import { namedEndpoints } from './named-endpoints.ts';

/** A header. Its value counts as a secret. */
export interface NamedHeader extends Sourced<string> {
  /** In lower case. */
  name: string;
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5 without `obs-text`. */
const FIELD_VALUE = /^[\t\x20-\x7e]+$/;

/** Headers that describe the message or the connection (RFC 9110 §7.6.1). */
const OWN =
  /^(accept|accept-encoding|connection|content-(encoding|length|type)|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent)$/;
const COOKIE = /^(set-)?cookie2?$/;
/** Headers that carry the key at some API. */
const KEY = /^(authorization|.*api-?key|ocp-apim-subscription-key)$/;

/** What the settings say of headers. */
export interface HeaderSettings {
  /** The header of an API key, in lower case; undefined: `authorization`, with `Bearer`. */
  api_key_header: Sourced<string> | undefined;
  headers: readonly NamedHeader[];
}

/**
 * The headers of `--header`, `QWEN_DEMO_HEADERS` and the profile; of one name the strongest layer
 * counts. What a profile says of headers is for the API that it names: it may hold secrets, and does
 * not apply when a flag or a variable leads to another origin.
 * @param api the API base URL in force; undefined when the stored login names it
 * @throws UsageError `invalid_header`, whose message never repeats a value; `quoted_value`
 */
export function headerSettings(layers: Layers, api: Sourced<string> | undefined): HeaderSettings {
  const meant = namedEndpoints(layers, planOfKeys(layers.env)).profile;
  const profile_applies = meant === undefined || (api !== undefined && sameOrigin(meant, api));
  const named = setting('api_key_header', layers);
  const api_key_header =
    named === undefined || (named.layer === 'profile' && !profile_applies)
      ? undefined
      : { ...named, value: parseKeyHeader(named.value, named.source) };
  const options = { key_header: api_key_header?.value, profile_applies };
  return { api_key_header, headers: headersSetting(layers, options) };
}

function sameOrigin(one: Sourced<string>, other: Sourced<string>): boolean {
  return new URL(one.value).origin === new URL(other.value).origin;
}

function headersSetting(
  { flags, env, profile }: Layers,
  options: { key_header: string | undefined; profile_applies: boolean },
): NamedHeader[] {
  const named = new Map<string, NamedHeader>();
  const add = (texts: readonly string[], source: string, layer: Sourced<string>['layer']) => {
    for (const text of texts) {
      const header = parseHeader(text, source);
      refuseName(header.name, source, options.key_header);
      const { source: weaker, overrides = [] } = named.get(header.name) ?? {};
      const over = weaker === undefined || weaker === source ? overrides : [weaker, ...overrides];
      const overridden = over.length > 0 && { overrides: over };
      named.set(header.name, { ...header, source, layer, ...overridden });
    }
  };
  if (options.profile_applies) {
    const place = `profile ${profile.value}: headers`;
    add(textsOf(profile.recorded?.headers ?? [], place), place, 'profile');
  }
  const variable = fromEnvironment(env, ...HEADERS.variables);
  if (variable !== undefined) {
    const { value, source } = requireUnquoted(variable);
    add(textsOfVariable(value, source), source, 'environment');
  }
  add(flags.header ?? [], '--header', 'flag');
  return [...named.values()];
}

/** The name of the header for the key, in lower case. @throws UsageError `invalid_header` */
export function parseKeyHeader(text: string, source: string): string {
  const name = text.trim().toLowerCase();
  if (!TOKEN.test(name)) {
    const hint = 'Write the name alone, such as api-key. The key itself stands in OPENAI_API_KEY.';
    throw invalidHeader(`${source} is not the name of a header`, hint);
  }
  if (OWN.test(name) || COOKIE.test(name)) {
    throw invalidHeader(`${source}: ${name} cannot carry a key`);
  }
  return name;
}

/**
 * The headers that a file names for one model, or a caller of the library, with names in lower case. The same
 * names are refused as everywhere.
 * @throws UsageError `invalid_header`, whose message never repeats a value
 */
export function parseHeaders(
  values: Readonly<Record<string, string>>,
  source: string,
): Record<string, string> {
  const headers = textsOf(values, source).map((text) => parseHeader(text, source));
  for (const { name } of headers) refuseName(name, source, undefined);
  return Object.fromEntries(headers.map(({ name, value }) => [name, value]));
}

/** A variable holds one header a line, or a JSON object or array. */
function textsOfVariable(value: string, source: string): string[] {
  if (!/^[[{]/.test(value)) return value.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const json = jsonOrUndefined(value);
  if (isHeaderValues(json)) return textsOf(json, source);
  const hint = `Write it as {"X-Name": "value"}, or as X-Name: value, one header a line.`;
  throw invalidHeader(`${source} is not a JSON object whose values are texts`, hint);
}

function isHeaderValues(json: unknown): json is HeaderValues {
  const texts = Array.isArray(json) ? json : isFields(json) ? Object.values(json) : [undefined];
  return texts.every((text) => typeof text === 'string');
}

function textsOf(values: HeaderValues, source: string): string[] {
  if (typeof values === 'string') return [values];
  if (Array.isArray(values)) return values;
  return Object.entries(values).map(([name, value]) => {
    if (TOKEN.test(name)) return `${name}: ${value}`;
    throw invalidHeader(`${source}: the name of a header has letters, digits and -`);
  });
}

function parseHeader(text: string, source: string): Pick<NamedHeader, 'name' | 'value'> {
  const at = text.indexOf(':');
  const name = text.slice(0, at).trimStart().toLowerCase();
  if (at === -1 || name === '') {
    throw invalidHeader(
      `${source}: a header is 'Name: value'`,
      "Example: --header 'X-Title: demo'",
    );
  }
  if (!TOKEN.test(name)) {
    throw invalidHeader(`${source}: the name of a header has letters, digits and -`);
  }
  const value = text.slice(at + 1);
  if (value.trim() === '') throw invalidHeader(`${source}: ${name} has no value`);
  if (!FIELD_VALUE.test(value)) {
    const what = /[\r\n]/.test(value) ? 'a line break' : 'a character that no header may hold';
    throw invalidHeader(`${source}: the value of ${name} holds ${what}`);
  }
  return { name, value: value.trim() };
}

function refuseName(name: string, source: string, key_header: string | undefined): void {
  if (name === 'user-agent') {
    throw invalidHeader(`${source} cannot set user-agent`, 'Use --user-agent.');
  }
  if (KEY.test(name) || name === key_header) {
    const flag = name === 'authorization' || name === key_header;
    throw invalidHeader(
      `${source} cannot set ${name}, which carries the key`,
      `A key comes from a variable such as OPENAI_API_KEY${
        flag ? '.' : `; add --api-key-header ${name} to send it in this header.`
      }`,
    );
  }
  if (COOKIE.test(name)) throw invalidHeader(`${source} cannot set ${name}`);
  if (OWN.test(name)) {
    throw invalidHeader(`${source} cannot set ${name}, which the program sets itself`);
  }
}

function invalidHeader(message: string, hint?: string): UsageError {
  return new UsageError(message, { code: 'invalid_header', hint });
}
