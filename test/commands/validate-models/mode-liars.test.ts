import { describe, expect, it } from 'vitest';
import { type Json, judged, type Lie } from '../../helpers/lying-models.ts';

const LIES: readonly [string, string, Lie][] = [
  [
    'reasoning that is lost when whole',
    'modes/reasoning: fail',
    {
      document: (sent) => {
        delete sent.choices[0].message.reasoning_content;
        return sent;
      },
    },
  ],
  [
    'reasoning that is never off',
    'reasoning/off: fail',
    { asked: () => ({ enable_thinking: true }) },
  ],
  [
    'reasoning that is never on',
    'reasoning/on: fail',
    { asked: () => ({ enable_thinking: false }) },
  ],
  [
    'reasoning in the answer too',
    'reasoning/apart: fail',
    { answer: ({ reasoning, content }) => ({ content: `${reasoning}\n\n${content}` }) },
  ],
  [
    'no count of a reasoning',
    'reasoning/tokens: warn',
    {
      document: (sent) => {
        sent.usage.completion_tokens_details.reasoning_tokens = 0;
        return sent;
      },
    },
  ],
  [
    'a count without reasoning',
    'reasoning/off: fail',
    {
      document: (sent) => {
        sent.usage.completion_tokens_details.reasoning_tokens ||= 1;
        return sent;
      },
    },
  ],
  [
    'a refused turn',
    'reasoning/kept: unsupported',
    {
      refuses: ({ messages }) =>
        messages.some((one: Json) => one.reasoning_content)
          ? 'messages.1.reasoning_content is not permitted'
          : undefined,
    },
  ],
  [
    'no switch',
    'reasoning/off: unsupported',
    {
      asked: () => ({ enable_thinking: true }),
      refuses: (body) =>
        ['enable_thinking', 'chat_template_kwargs']
          .filter((name) => name in body)
          .map((name) => `Unsupported parameter: ${name}`)[0],
    },
  ],
];

describe('the probe reasoning finds', async () => {
  const of = await judged(
    Object.fromEntries(LIES.map(([name, , lie]) => [name, lie])),
    '--probe',
    'reasoning',
  );
  it.each(LIES)('%s', (name, finding) => {
    expect(of(name).findings).toContain(finding);
  });
});

const whole = (message: string): Lie => ({
  refuses: ({ stream }) => (stream === true ? undefined : message),
});

describe('a server that streams alone', async () => {
  const DASHSCOPE =
    'This model only support stream mode, please enable the stream parameter to access the model. ';
  const MESSAGES = [
    DASHSCOPE,
    'Non-streaming requests are not supported',
    'stream must be set to true',
    '该模型仅支持流式输出',
  ];
  const lies = {
    ...Object.fromEntries(MESSAGES.map((message, index) => [`m${index}`, whole(message)])),
    'qwq-plus': whole(DASHSCOPE),
  };
  const of = await judged(lies, '--probe', 'chat');

  it.each(MESSAGES)('is recognised by: %s', (message) => {
    const { verdict, findings } = of(`m${MESSAGES.indexOf(message)}`);
    expect(verdict).toBe('warn');
    expect(findings).toEqual(['modes/whole: unsupported']);
  });

  it('is not asked otherwise when the program knows the model', () => {
    expect(of('qwq-plus')).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('may stream alone what its model thought', async () => {
    const message = 'parameter.enable_thinking must be set to false for non-streaming calls';
    const refuses: Lie['refuses'] = ({ stream, enable_thinking }) =>
      stream !== true && enable_thinking === true ? message : undefined;
    const found = (await judged({ a: { refuses } }, '--probe', 'reasoning,chat'))('a');
    expect(found).toMatchObject({
      verdict: 'pass',
      findings: ['dialect/thinking-whole: unsupported'],
    });
  });
});
