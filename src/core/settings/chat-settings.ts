import { fromProfile, type Layers, setting } from './definitions.ts';
import { fromFlag, type Sourced } from './layers.ts';
import { listSetting } from './list-settings.ts';
import { modelNamed } from './model-names.ts';

/** What flags of `chat` or a profile say of a request and of the answer. Undefined: neither does. */
export interface ChatSettings {
  temperature: number | undefined;
  top_p: number | undefined;
  max_tokens: number | undefined;
  thinking: boolean | undefined;
  /** The text, or `@` and the path of its file. '' of a flag is no text. */
  system: Sourced<string> | undefined;
  markdown: boolean | undefined;
  stream: boolean | undefined;
  usage: boolean | undefined;
  /** Ids; see {@link modelNamed}. */
  fallback_models: string[];
}

/**
 * The settings of `chat` alone: other commands do not fail for them.
 * @throws UsageError `invalid_parameter`, `empty_setting`, `empty_flag` or `model_name_loop`; the
 *   message names where the value comes from
 */
export function chatSettings(layers: Layers): ChatSettings {
  const { profile } = layers;
  const value = <K extends 'markdown' | 'stream' | 'thinking' | 'usage'>(key: K) =>
    setting(key, layers)?.value;
  return {
    temperature: setting('temperature', layers)?.value,
    top_p: setting('top_p', layers)?.value,
    max_tokens: setting('max_tokens', layers)?.value,
    thinking: value('thinking'),
    system: systemSetting(layers),
    markdown: value('markdown'),
    stream: value('stream'),
    usage: value('usage'),
    fallback_models: (listSetting('fallback_models', layers)?.value ?? []).map((name) =>
      modelNamed(fromFlag('--fallback-model', name)?.value ?? name, profile),
    ),
  };
}

/** A text in quotation marks is kept as it is. */
function systemSetting({ flags: { system }, profile }: Layers): Sourced<string> | undefined {
  if (system === undefined) return fromProfile(profile, 'system');
  return { value: system, source: '--system', layer: 'flag' };
}
