import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/core/chat/answer.ts';
import { promptMessages } from '../../../src/core/chat/messages.ts';
import { ApiError, AuthError } from '../../../src/core/errors.ts';
import { applyDialect, MAX_TOKENS } from '../../../src/core/validation/dialect.ts';
import { withoutRefused } from '../../../src/core/validation/refused-field.ts';

type Parameters = Record<string, unknown>;

const request = (parameters: Parameters = {}): ChatRequest => ({
  model: 'a',
  messages: promptMessages('Hi', 'Be brief.'),
  stream: false,
  parameters: { max_tokens: MAX_TOKENS, ...parameters },
});

const ON = { enable_thinking: true, chat_template_kwargs: { enable_thinking: true } };

describe('what a server refused of a request', () => {
  const refusedOf = (
    message: string,
    { parameters = {}, dialect = {}, code = 'bad_request', status = 400, stream = true } = {},
  ) => {
    const asked = { ...applyDialect(request(parameters), dialect), stream };
    const error = new ApiError(message, { code, status });
    return withoutRefused(asked, dialect, error);
  };

  it.each<[string, Parameters, string]>([
    [
      "Unsupported parameter: 'temperature' is not supported with this model.",
      { temperature: 0 },
      'temperature',
    ],
    [
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      { temperature: 0 },
      'temperature',
    ],
    ['invalid temperature: only 1 is allowed for this model', { temperature: 0 }, 'temperature'],
    ['temperature参数非法。请检查文档。', { temperature: 0 }, 'temperature'],
    ['Unrecognized request argument supplied: enable_thinking', ON, 'enable_thinking'],
    ['body.chat_template_kwargs: Extra inputs are not permitted', ON, 'chat_template_kwargs'],
    ['json: unknown field "top_k"', { top_k: 1 }, 'top_k'],
    ["'stream_options' is an unknown field", {}, 'stream_options'],
    ['max_tokens is invalid: at most 1024', {}, 'max_tokens'],
  ])('in %j is the field %j', (message, parameters, field) => {
    const refused = refusedOf(message, { parameters });
    expect(refused).toEqual({ kind: 'field', what: field, dialect: { refused: [field] } });
    // The second time there is nothing left to do without.
    expect(refusedOf(message, { parameters, dialect: refused?.dialect ?? {} })).toBeUndefined();
  });

  it.each([
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "role 'system' is not supported on this model",
    'System role not supported',
    'Conversation roles must alternate user/assistant/user/assistant/...',
    'messages.0.role: Input should be "user" or "assistant": invalid value: "system"',
  ])('in %j is the role system', (message) => {
    const refused = refusedOf(message);
    expect(refused).toEqual({ kind: 'role', what: 'system', dialect: { system_role: 'user' } });
    expect(refusedOf(message, { dialect: refused?.dialect ?? {} })).toBeUndefined();
  });

  it('is the name of the limit of tokens when the server wants its other name', () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    expect(refusedOf(message, { code: 'max_tokens_unsupported' })).toEqual({
      kind: 'field',
      what: 'max_tokens',
      dialect: { max_tokens_field: 'max_completion_tokens' },
    });
  });

  it.each<[string, string, Parameters]>([
    ['the subject of a probe', "'tools' is not supported", { tools: [] }],
    ['the subject of a probe', 'max_tokens 16 is not supported', { max_tokens: 16 }],
    ['a field that was not sent', 'Unsupported parameter: top_p', {}],
    ['a part of a longer name', 'Unknown field: my_temperature_x', { temperature: 0 }],
    ['nothing at all', 'The temperature of the data center is high', { temperature: 0 }],
    ['the text itself', 'The system failed', {}],
  ])('is nothing for a message about %s: %s', (_, message, parameters) => {
    expect(refusedOf(message, { parameters })).toBeUndefined();
  });

  it('is nothing when the key or the model is refused', () => {
    const message = "'temperature' is not supported";
    const parameters = { temperature: 0 };
    expect(refusedOf(message, { parameters, status: 404 })).toBeUndefined();
    const error = new AuthError(message, { code: 'invalid_api_key', status: 401 });
    expect(withoutRefused(request(parameters), {}, error)).toBeUndefined();
  });
});
