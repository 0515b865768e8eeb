import { responseFormat } from '../../core/chat/answer-schema.ts';
import type { Schema } from '../../core/chat/json-schema.ts';
import { reservedField } from '../../core/chat/reserved-fields.ts';
import { UsageError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { isFields, jsonOrUndefined } from '../../core/json.ts';
import type { ChatSettings } from '../../core/settings/chat-settings.ts';
import type { SettingFlags } from '../../core/settings/definitions.ts';
import type { ChatFlags, ParameterFlags } from './flags.ts';

/** Fields of the request's body beyond `model`, `messages` and `stream`. */
export interface RequestParameters {
  /** The fields as they are sent. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `max_tokens` of the body, undefined unless it is a number. */
  readonly max_tokens: number | undefined;
  /** Whether the body sets `enable_thinking` to true. */
  readonly enable_thinking: boolean;
}

/**
 * The request parameters that the flags and the profile set. A field of `--extra-body` replaces the same field of
 * another flag; null removes a field that the program sends by itself.
 * @throws UsageError `invalid_parameter` for an `--extra-body` that cannot be sent
 */
export function requestParameters(
  { seed, stop, extraBody, thinkingBudget }: ParameterFlags,
  { temperature, top_p, max_tokens, thinking }: ChatSettings,
): RequestParameters {
  const fields = {
    temperature,
    top_p,
    max_tokens,
    seed,
    stop,
    enable_thinking: thinking,
    thinking_budget: thinkingBudget,
  };
  const body: Record<string, unknown> = { ...given(fields), ...parseExtraBody(extraBody) };
  for (const name of OWN_FIELDS) if (body[name] === null) body[name] = undefined;
  return {
    body,
    max_tokens: typeof body.max_tokens === 'number' ? body.max_tokens : undefined,
    enable_thinking: body.enable_thinking === true,
  };
}

/** The flags under the names of their settings. Without `--no-thinking` commander says that `thinking` is true. */
export function settingFlags(flags: ChatFlags): SettingFlags {
  const { enableThinking, thinkingBudget, thinking, fallbackModel, raw, ...others } = flags;
  const asked = enableThinking === true || thinkingBudget !== undefined;
  return {
    ...others,
    ...given({
      markdown: raw === true ? false : others.markdown,
      thinking: thinking === false ? false : asked || undefined,
      fallbackModels: fallbackModel,
    }),
  };
}

/** Requests an answer in JSON of this schema, unless `--extra-body` sets `response_format`. */
export function withSchema(parameters: RequestParameters, schema: Schema): RequestParameters {
  const response_format = responseFormat(schema);
  return { ...parameters, body: { response_format, ...parameters.body } };
}

/** Fields that flags and the program itself set: JSON leaves one out that is undefined. */
const OWN_FIELDS = [
  'stream_options',
  'response_format',
  'temperature',
  'top_p',
  'max_tokens',
  'seed',
  'stop',
  'enable_thinking',
  'thinking_budget',
];

function parseExtraBody(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const code = 'invalid_parameter';
  const body = parseObject(text);
  if (body === undefined) throw new UsageError('--extra-body must be a JSON object', { code });
  const reserved = reservedField(body);
  if (reserved === undefined) return body;
  throw new UsageError(`--extra-body must not hold "${reserved}": there is a flag for it`, {
    code,
  });
}

/** The object of a JSON text, undefined for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOrUndefined(text);
  return isFields(value) ? value : undefined;
}
