import { redact, redactUrl } from '../../core/redaction.ts';
import {
  LIST_KEYS,
  type Layers,
  type SettingKey,
  setting,
  SETTINGS,
} from '../../core/settings/definitions.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import { listSetting } from '../../core/settings/list-settings.ts';
import type { Settings } from '../../core/settings/settings.ts';

/**
 * Where each setting comes from, for `--debug`: `* NAME: VALUE (SOURCE, instead of WEAKER SOURCES)`.
 * Keys and headers are named without their values.
 * @throws UsageError for a value that cannot be used
 */
export function settingLines(settings: Settings, layers: Layers): string[] {
  const { auth, profile, proxy, headers } = settings;
  const endpoint = auth.method === 'api-key' ? auth.endpoint : auth.base_url;
  const own = (Object.keys(SETTINGS) as SettingKey[]).map(
    (key) => [key, resolved(key, settings) ?? setting(key, layers)] as const,
  );
  const lists = LIST_KEYS.map((key) => [key, listSetting(key, layers)] as const);
  const rows: (readonly [string, Sourced<unknown> | undefined])[] = [
    ['profile', profile],
    ...own.filter(([key]) => !['auth', 'base_url', 'issuer'].includes(key)),
    ...lists,
    ['base_url', endpoint],
    ['issuer', settings.issuer?.url],
  ];
  const { source, method, overrides } = auth;
  const key = auth.method === 'api-key' ? auth.key : undefined;
  return [
    line('auth', method, { source, ...(overrides && { overrides }) }),
    ...rows.flatMap(([name, found]) => (found ? [line(name, shown(found.value), found)] : [])),
    ...(key ? [line('api_key', 'set', key)] : []),
    ...headers.map((header) => line(`header ${header.name}`, 'set', header)),
    ...Object.keys(proxy).map((name) => line('proxy', 'set', { source: name })),
  ];
}

/** The value in force, with its default. */
function resolved(key: SettingKey, settings: Settings): Sourced<unknown> | undefined {
  const found: unknown = key in settings ? settings[key as keyof Settings] : undefined;
  return typeof found === 'object' && found !== null && 'source' in found && 'value' in found
    ? (found as Sourced<unknown>)
    : undefined;
}

function line(
  name: string,
  value: string,
  { source, overrides = [] }: Pick<Sourced<unknown>, 'source' | 'overrides'>,
): string {
  const weaker = overrides.length > 0 ? `, instead of ${overrides.join(', ')}` : '';
  return `* ${name}: ${value} (${source}${weaker})`;
}

function shown(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return URL.canParse(text) && /^https?:/.test(text) ? redactUrl(text) : redact(text);
}
