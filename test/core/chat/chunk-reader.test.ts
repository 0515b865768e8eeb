import { describe, expect, it } from 'vitest';
import { createChunkReader } from '../../../src/core/chat/chunk-reader.ts';
import { parseChunk } from '../../../src/core/chat/chunk.ts';

const chunk = (delta: unknown, choice: object = {}, top: object = {}) =>
  JSON.stringify({ id: 'c', ...top, choices: [{ index: 0, delta, ...choice }] });
const content = (...texts: string[]) => texts.map((text) => chunk({ content: text }));

describe('the reader of the chunks of a stream', () => {
  it.each<[string, string[]]>([
    ['text', content('a', 'b', 'c', 'a long text', 'ä 😀')],
    ['text with escapes', content('a', '"', '\\', 'b', 'b"', '\n', '\u0001', 'c', '"b":"c"')],
    ['text that stands elsewhere too', content('content', 'x', ',', 'y', ':', 'z', 'c', 'index')],
    ['no text', content('a', '', 'b', '')],
    ['another id', ['c', 'd', 'e'].map((id) => chunk({ content: 'a' }, {}, { id }))],
    [
      'reasoning, then text',
      [...['h', 'm'].map((reasoning) => chunk({ reasoning })), ...content('a', 'b')],
    ],
    [
      'the same reasoning under two names',
      ['h', 'm'].map((text) => chunk({ reasoning: text, reasoning_content: text })),
    ],
    ['a finish_reason', [...content('a', 'b'), chunk({ content: 'c' }, { finish_reason: 'stop' })]],
    ['a refusal', ['no', 'never'].map((refusal) => chunk({ refusal }))],
    ['a refusal beside text', ['a', 'b'].map((text) => chunk({ content: text, refusal: 'no' }))],
    [
      'text that is also the model',
      ['a', 'b'].map((text) => chunk({ content: text }, {}, { model: 'a' })),
    ],
    [
      'a model that changes from the text',
      ['a', 'b'].map((model) => chunk({ content: 'a' }, {}, { model })),
    ],
    ['parts of text', ['a', 'b'].map((text) => chunk({ content: [{ text }, 'c'] }))],
    ['text that is also the role', ['a', 'b'].map((role) => chunk({ role, content: 'a' }))],
    [
      'a part with more than text',
      ['a', 'b'].map((text) => chunk({ content: [{ type: 'text', text, annotations: ['x'] }] })),
    ],
    [
      'counts that change',
      [1, 2].map((total_tokens) => chunk({ content: 'a' }, { usage: { total_tokens } })),
    ],
    ['another index', [0, 1].map((index) => chunk({ content: 'a' }, { index }))],
    [
      'parts that together are the model',
      ['b', 'c'].map((text) => chunk({ content: ['a', text] }, {}, { model: 'ab' })),
    ],
    [
      'a text that names a field of a call',
      ['function', 'x'].map((text) =>
        chunk({ tool_calls: { id: 'i', function: { name: 'f' } }, content: text }),
      ),
    ],
    [
      'two choices',
      ['a', 'b'].map((text) =>
        JSON.stringify({
          choices: [1, 0].map((index) => ({ index, delta: { content: text + index } })),
        }),
      ),
    ],
    [
      'white space',
      ['a', 'b', 'c'].map((text) => `{ "choices": [ { "delta": { "content": "${text}" } } ] }`),
    ],
  ])('reads %s as if each were the first', (_, datas) => {
    const read = createChunkReader('host', { several: true });
    for (const data of datas) {
      const event = { event: 'message', data };
      expect(read(event)).toEqual(parseChunk(event, 'host', 0));
    }
  });

  const ids = (count: number) =>
    Array.from({ length: count }, (_, id) => chunk({ content: 'a' }, {}, { id }));
  const long = (length: number) =>
    ['a', 'b', 'c'].map((text) => {
      const rest = length - (content('')[0]?.length ?? 0);
      return content(text.repeat(rest));
    });

  it.each<[string, string[], boolean]>([
    ['text', content('a', 'a longer text', 'b'), true],
    ['reasoning', ['a', 'b', 'c'].map((reasoning) => chunk({ reasoning })), true],
    ['text after a finish', [chunk({}, { finish_reason: 'x' }), ...content('a', 'b', 'c')], true],
    ['text after 15 chunks with other ids', [...ids(15), ...content('a', 'b', 'c')], true],
    ['text after 16 chunks with other ids', [...ids(16), ...content('a', 'b', 'c')], false],
    ['events of 8,192 characters', long(8192).flat(), true],
    ['events of 8,193 characters', long(8193).flat(), false],
    ['the same text', content('a', 'a', 'a'), true],
    ['text with escapes', content('a', '\n', '\n'), false],
  ])('reads %s and parses again only what needs it', (_, datas, inFrame) => {
    const read = createChunkReader('host', { several: true });
    const chunks = datas.map((data) => read({ event: 'message', data }));
    expect(chunks.at(-1) === chunks.at(-2)).toBe(inFrame);
  });

  it('reads the first choice of several, else the only one', () => {
    const datas = [1, 0].map((index) => JSON.stringify({ choices: [{ index, text: `${index}` }] }));
    const textsOf = (several: boolean) => {
      const read = createChunkReader('host', { several });
      return datas.map((data) => read({ event: 'message', data }).content);
    };
    expect(textsOf(true)).toEqual(['1', '']);
    expect(textsOf(false)).toEqual(['1', '0']);
  });

  it('reads an event with the name error as an error, whatever it looks like', () => {
    const read = createChunkReader('host', { several: true });
    for (const data of content('a', 'b')) read({ event: 'message', data });
    const [data = ''] = content('c');
    expect(read({ event: 'error', data }).error).toBeDefined();
  });

  it('refuses what is no JSON after chunks that look like it', () => {
    const read = createChunkReader('host', { several: true });
    const [first = '', second = ''] = content('a', 'b');
    read({ event: 'message', data: first });
    expect(() => read({ event: 'message', data: second.slice(0, -1) })).toThrow(/not JSON/);
  });
});
