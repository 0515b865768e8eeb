import type { Lie } from '../../helpers/lying-models.ts';
import { each, says } from '../../helpers/lies.ts';

/** Lies about the text, and about one mode alone. */
export const TEXT_LIES: readonly [string, string, Lie][] = [
  [
    'no usage when streamed',
    'wire/usage: warn',
    each((sent) => {
      sent.usage = null;
    }),
  ],
  [
    'no usage when whole',
    'modes/usage: warn',
    { document: (sent) => ({ ...sent, usage: undefined }) },
  ],
  ['broken bytes', 'wire/text: fail', says((right) => `${right} \uFFFD`)],
  ['Latin-1', 'wire/text: fail', says((right) => `${right} Ã©tÃ©`)],
  ['an end of message', 'wire/text: fail', says((right) => `${right}<|im_end|>`)],
  ['a channel', 'wire/text: fail', says((right) => `<|channel|>final<|message|>${right}`)],
  ['a bell', 'wire/text: fail', says((right) => `\u0007${right}`)],
  [
    'tags of thinking',
    'wire/reasoning: warn',
    says((right) => `<think>It is a sum.</think>\n\n${right}`),
  ],
  ['a lone tag', 'wire/reasoning: warn', says((right) => `It is a sum.</think>\n\n${right}`)],
  [
    'marks of Magistral',
    'wire/reasoning: warn',
    says((right) => `[THINK]It is a sum.[/THINK]${right}`),
  ],
  [
    'the channels of gpt-oss',
    'wire/reasoning: warn',
    says((right) => `analysisWe need a sum.assistantfinal${right}`),
  ],
  [
    'a refusal',
    'wire/refusal: fail',
    each(({ choices: [one] }) => {
      if (one?.delta.content) one.delta = { refusal: one.delta.content };
    }),
  ],
  [
    'length when whole',
    'modes/finish-reason: fail',
    {
      document: (sent) => ({ ...sent, choices: [{ ...sent.choices[0], finish_reason: 'length' }] }),
    },
  ],
  [
    'reasons when streamed',
    'modes/reasoning: warn',
    each(({ choices }, index) => {
      if (index === 0) choices[0].delta.reasoning_content = 'A sum.';
    }),
  ],
];
