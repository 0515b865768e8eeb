import { promptMessages } from '../../chat/messages.ts';
import { CHARACTERS_PER_TOKEN } from '../figures.ts';
import type { Draw } from '../draw.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

const QUESTION = 'What is the secret code? Answer with the code only.';

/** Does the model find one sentence in a long text? */
export const longProbe: Probe = {
  name: 'long',
  short_requests: 1,
  async run({ target, modes, draw, send, judge }) {
    const code = String(draw.integer(10_000, 99_999));
    const characters = target.long_tokens * CHARACTERS_PER_TOKEN;
    const text = haystack(characters, `The secret code is ${code}.`, draw);
    const messages = promptMessages(`${text}\n\n${QUESTION}`);
    const { answer } = await send({ messages }, modes[0] ?? 'streamed');
    const found = answerText(answer).includes(code);
    judge('long/found', found ? undefined : wrongAnswer(answer, `${QUESTION} (it is ${code})`));
  },
};

const WHO = ['A gardener', 'The postman', 'My neighbour', 'An old sailor', 'The night guard'];
const DID = ['watched', 'painted', 'repaired', 'carried', 'described', 'forgot', 'sold'];
const WHAT = ['a wooden boat', 'the broken clock', 'two red chairs', 'the garden wall', 'a map'];
const WHEN = ['before breakfast', 'in the rain', 'on Sunday', 'without a word', 'for a friend'];

/** Filler sentences of about `characters` in all, with the needle somewhere in the middle half. */
function haystack(characters: number, needle: string, { pick, uniform }: Draw): string {
  const sentences: string[] = [];
  for (let length = 0; length < characters;) {
    const sentence = `${pick(WHO)} ${pick(DID)} ${pick(WHAT)} ${pick(WHEN)}.`;
    sentences.push(sentence);
    length += sentence.length + 1;
  }
  const place = Math.floor(sentences.length * (0.25 + uniform() / 2));
  return sentences.toSpliced(place, 0, needle).join(' ');
}
