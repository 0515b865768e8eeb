import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/core/chat/answer.ts';
import { promptMessages } from '../../../src/core/chat/messages.ts';
import {
  applyDialect,
  type Dialect,
  withDialectHeaders,
  MAX_TOKENS,
} from '../../../src/core/validation/dialect.ts';

type Parameters = Record<string, unknown>;

const request = (parameters: Parameters = {}): ChatRequest => ({
  model: 'a',
  messages: promptMessages('Hi', 'Be brief.'),
  stream: false,
  parameters: { max_tokens: MAX_TOKENS, ...parameters },
});

/** The fields as they leave. */
const sent = (parameters: Parameters, dialect: Dialect) =>
  JSON.parse(JSON.stringify(applyDialect(request(parameters), dialect).parameters)) as Parameters;

const ON = { enable_thinking: true, chat_template_kwargs: { enable_thinking: true } };
const OFF = { enable_thinking: false, chat_template_kwargs: { enable_thinking: false } };

describe('the dialect of a model', () => {
  it.each<[string, Parameters, Dialect, Parameters]>([
    ['nothing', {}, {}, { max_tokens: 2048 }],
    ['a temperature', {}, { temperature: 0 }, { max_tokens: 2048, temperature: 0 }],
    ['a limit', {}, { max_tokens: 512 }, { max_tokens: 512 }],
    ['a limit above that of a probe', { max_tokens: 16 }, { max_tokens: 512 }, { max_tokens: 16 }],
    ['a limit below that of a probe', { max_tokens: 16 }, { max_tokens: 8 }, { max_tokens: 8 }],
    [
      'the field of the limit',
      {},
      { max_tokens_field: 'max_completion_tokens' },
      { max_completion_tokens: 2048 },
    ],
    ['no switch', ON, { thinking: 'none' }, { max_tokens: 2048 }],
    ['both switches', OFF, {}, { max_tokens: 2048, ...OFF }],
    [
      'an effort',
      ON,
      { thinking: 'reasoning_effort' },
      { max_tokens: 2048, reasoning_effort: 'medium' },
    ],
    [
      'no effort',
      OFF,
      { thinking: 'reasoning_effort' },
      { max_tokens: 2048, reasoning_effort: 'none' },
    ],
    [
      'a switch',
      OFF,
      { thinking: 'enable_thinking' },
      { max_tokens: 2048, enable_thinking: false },
    ],
    [
      'a template',
      ON,
      { thinking: 'chat_template_kwargs' },
      { max_tokens: 2048, chat_template_kwargs: { enable_thinking: true, thinking: true } },
    ],
    ['no thinking asked', {}, { thinking: 'reasoning_effort' }, { max_tokens: 2048 }],
    [
      'more fields',
      { stop: 'x' },
      { extra_body: { stop: ['y'], top_k: 1 } },
      { max_tokens: 2048, stop: ['y'], top_k: 1 },
    ],
    ['fewer fields', {}, { extra_body: { max_tokens: null } }, {}],
    [
      'more options of a template',
      OFF,
      { extra_body: { chat_template_kwargs: { locale: 'de', enable_thinking: true } } },
      {
        max_tokens: 2048,
        enable_thinking: false,
        chat_template_kwargs: { locale: 'de', enable_thinking: false },
      },
    ],
    ['what was refused', { temperature: 1 }, { refused: ['temperature'] }, { max_tokens: 2048 }],
  ])('with %s: %j in %j is %j', (_, parameters, dialect, fields) => {
    expect(sent(parameters, dialect)).toEqual(fields);
  });

  it('asks a model in a stream that answers nothing else', () => {
    expect(applyDialect(request(), {}).stream).toBe(false);
    expect(applyDialect(request(), { stream_only: true }).stream).toBe(true);
  });

  const user = { role: 'user', content: 'Hi' };
  it.each<[NonNullable<Dialect['system_role']>, unknown[]]>([
    ['system', [{ role: 'system', content: 'Be brief.' }, user]],
    ['developer', [{ role: 'developer', content: 'Be brief.' }, user]],
    ['user', [{ role: 'user', content: 'Be brief.\n\nHi' }]],
    ['none', [user]],
  ])('gives a system text the role %s', (system_role, messages) => {
    expect(applyDialect(request(), { system_role }).messages).toEqual(messages);
  });

  it('puts a system text before the pictures of the question', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:,' } } as const;
    const messages = [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: [picture] },
    ];
    const asked = applyDialect({ ...request(), messages }, { system_role: 'user' });
    expect(asked.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Be brief.' }, picture] },
    ]);
  });

  it('adds headers, but none that the settings or the key have', () => {
    const http = {
      method: 'POST' as const,
      url: 'http://127.0.0.1/v1',
      headers: { authorization: 'Bearer k', 'x-route': 'flag' },
      secret_headers: ['x-route'],
    };
    const headers = { 'x-route': 'file', 'x-team': 'shop' };
    expect(withDialectHeaders(http, headers)).toEqual({
      ...http,
      headers: { ...http.headers, 'x-team': 'shop' },
      secret_headers: ['x-route', 'x-team'],
    });
    expect(withDialectHeaders(http, undefined)).toBe(http);
  });
});
