import type { ChatCompletionRequest } from '../../../src/sandbox/api/chat-request.ts';
import { WORDS } from '../../../src/core/validation/words.ts';
import { says } from '../../helpers/lies.ts';
import type { Lie } from '../../helpers/lying-models.ts';

/** Changes the texts of the messages before the model reads them. */
const reads = (change: (text: string, role: string) => string): Lie => ({
  asked: ({ messages }: ChatCompletionRequest) => ({
    messages: messages.map((message) => ({
      ...message,
      text: change(message.text, message.role),
    })),
  }),
});

/** Another question of the same kind: the next word for each word, and other numbers. */
const anotherQuestion = (text: string): string =>
  text
    .replaceAll(/\b[a-z]{5,}\b/g, (word) => {
      const at = WORDS.indexOf(word);
      return at === -1 ? word : (WORDS[(at + 1) % WORDS.length] ?? word);
    })
    .replaceAll(/\b\d{3}\b/g, (number) =>
      String(Number(number) > 700 ? Number(number) - 430 : Number(number) + 43),
    );

/** Keeps the first answer to each key and gives it again. */
function cachedBy(key: (request: ChatCompletionRequest) => string): Lie {
  const kept = new Map<string, string>();
  return {
    answer: (answer, request) => {
      const content = kept.get(key(request)) ?? answer.content;
      kept.set(key(request), content);
      return { content };
    },
  };
}

/** The first number for all, without its word. */
function cachedNumber(): Lie {
  let kept = '';
  return {
    answer: ({ content }) => {
      kept ||= content.split(' ')[0] ?? '';
      return { content: kept };
    },
  };
}

const textOf = ({ messages }: ChatCompletionRequest) => messages.map(({ text }) => text).join(' ');

/** Lies about the questions: what the model says, a probe, and what it finds. */
export const LIES: readonly [string, string, Lie][] = [
  [
    'the question',
    'chat/right-answer: fail',
    { answer: (_, request) => ({ content: textOf(request) }) },
  ],
  ['always 42', 'chat/right-answer: fail', says(() => '42')],
  [
    'one too many',
    'chat/right-answer: fail',
    says((right) => right.replace(/\d+/, (sum) => String(Number(sum) + 1))),
  ],
  ['two answers', 'chat/right-answer: fail', says((right) => `${right} or 42`)],
  ['only the word', 'chat/right-answer: fail', says((right) => right.replace(/\d+ /, ''))],
  ['nothing', 'chat/right-answer: fail', says(() => '')],
  ['the same for each model', 'chat/fresh: fail', cachedBy(() => '')],
  [
    'the same for each kind',
    'chat/fresh: fail',
    cachedBy((request) => textOf(request).replaceAll(/\d+|"\w+"/g, '')),
  ],
  ['the same number for each question', 'chat/fresh: fail', cachedNumber()],
  ['another run: chat', 'chat/fresh: fail', reads(anotherQuestion)],
  ['another run: stream', 'stream/fresh: fail', reads(anotherQuestion)],
  ['another run: system', 'system/fresh: fail', reads(anotherQuestion)],
  ['another run: json', 'json/fresh: fail', reads(anotherQuestion)],
  ['another run: reasoning', 'reasoning/fresh: fail', reads(anotherQuestion)],
  ['another run: stop', 'stop/fresh: fail', reads(anotherQuestion)],
  [
    'another run: max-tokens',
    'max-tokens/fresh: fail',
    says((right) => (right.startsWith('5') ? '333, 334, 335' : '555, 556, 557')),
  ],
  ['another run: long', 'long/fresh: fail', reads(anotherQuestion)],
  ['another run: vision', 'vision/fresh: fail', says(() => 'red circle 2910')],
  [
    'from 1',
    'stream/right-answer: fail',
    says(() => Array.from({ length: 20 }, (_, index) => index + 1).join(', ')),
  ],
  ['one number less', 'stream/right-answer: fail', says((right) => right.replace(/, \d+$/, ''))],
  [
    'two numbers exchanged',
    'stream/right-answer: fail',
    says((right) => right.replace(/(\d+), (\d+)/, '$2, $1')),
  ],
  [
    'no system text',
    'system/followed: fail',
    { asked: ({ messages }) => ({ messages: messages.filter(({ role }) => role !== 'system') }) },
  ],
  ['system text and more', 'system/followed: fail', says((right) => `${right}. Is there more?`)],
  ['a code block', 'json/schema: fail', says((right) => `\`\`\`json\n${right}\n\`\`\``)],
  [
    'a code block for objects',
    'json/object: fail',
    says((right) => `\`\`\`json\n${right}\n\`\`\``),
  ],
  ['an introduction', 'json/object: fail', says((right) => `Sure!\n${right}`)],
  [
    'no schema',
    'json/schema: fail',
    { asked: ({ json_schema }) => ({ json_schema: json_schema && {} }) },
  ],
  ['no format', 'json/schema: fail', { asked: () => ({ json_schema: undefined }) }],
  [
    'names of its own',
    'json/schema: fail',
    says((right) => right.replace('"buyer"', '"customer"')),
  ],
  [
    'an enum of its own',
    'json/schema: fail',
    says((right) => right.replace(/PRIORITY_\w+/, 'high')),
  ],
  [
    'numbers as strings',
    'json/schema: fail',
    says((right) => right.replaceAll(/:(\d+)/g, ':"$1"')),
  ],
  ['ASCII', 'json/schema-values: fail', says((right) => right.replaceAll(/[^ -~]/g, '?'))],
  [
    'a fixed object',
    'json/object-values: fail',
    says(() => '{"full_name":"Mara","home_city":"Lisbon","article":"pen","quantity":3}'),
  ],
  ['past the stop', 'stop/ends: fail', { asked: () => ({ stop: [] }) }],
  ['nothing before the stop', 'stop/in-time: fail', says(() => '')],
  [
    'past max_tokens',
    'max-tokens/held: fail',
    { asked: () => ({ max_tokens: 200 }), answer: () => ({ finish_reason: 'length' }) },
  ],
  [
    'stop at max_tokens',
    'max-tokens/finish-reason: fail',
    { answer: () => ({ finish_reason: 'stop' }) },
  ],
  ['a blind guess', 'vision/number: fail', says(() => 'red circle 1234')],
  ['blindness', 'vision/colour: fail', says(() => 'I cannot see pictures.')],
  ['every colour', 'vision/colour: fail', says((right) => `${right} red green blue yellow`)],
  ['every shape', 'vision/shape: fail', says((right) => `${right} circle square triangle cross`)],
  ['two numbers', 'vision/number: fail', says((right) => `${right} 1234`)],
  [
    'no beginning',
    'long/start: fail',
    reads((text) => (text.length > 3000 ? text.slice(900) : text)),
  ],
  [
    'no middle',
    'long/middle: fail',
    reads((text) => (text.length > 3000 ? text.slice(0, 1500) + text.slice(-1500) : text)),
  ],
  [
    'no end',
    'long/end: fail',
    reads((text) => (text.length > 3000 ? text.slice(0, 3000) + text.slice(-100) : text)),
  ],
  ['no thoughts', 'reasoning/on: fail', { answer: () => ({ reasoning: '' }) }],
  ['always thoughts', 'reasoning/off: fail', { answer: () => ({ reasoning: 'Hm, a sum.' }) }],
  ['a wrong thought', 'reasoning/right-answer: fail', says((right) => right.replace(/\d+/, '7'))],
];
