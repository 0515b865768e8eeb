import { promptMessages } from '../../chat/messages.ts';
import { CHARACTERS_PER_TOKEN } from '../figures.ts';
import { PASS, type Probe, answerText, STREAMED, type ProbeTarget, wrongAnswer } from './probe.ts';

const QUESTION = 'What is the secret code? Answer with the code only.';

/** Does the model find one sentence in a long text? */
export const longProbe: Probe = {
  name: 'long',
  async run({ model, long_tokens, random }, send) {
    const code = String(10_000 + Math.floor(random.uniform() * 90_000));
    const text = haystack(
      long_tokens * CHARACTERS_PER_TOKEN,
      `The secret code is ${code}.`,
      random,
    );
    const answer = await send({
      ...STREAMED,
      model,
      messages: promptMessages(`${text}\n\n${QUESTION}`),
    });
    return answerText(answer).includes(code)
      ? PASS
      : wrongAnswer(answer, `${QUESTION} (it is ${code})`);
  },
};

const WHO = ['A gardener', 'The postman', 'My neighbour', 'An old sailor', 'The night guard'];
const DID = ['watched', 'painted', 'repaired', 'carried', 'described', 'forgot', 'sold'];
const WHAT = ['a wooden boat', 'the broken clock', 'two red chairs', 'the garden wall', 'a map'];
const WHEN = ['before breakfast', 'in the rain', 'on Sunday', 'without a word', 'for a friend'];

/** Filler sentences of about `characters` in all, with the needle somewhere in the middle half. */
function haystack(characters: number, needle: string, random: ProbeTarget['random']): string {
  const one = (words: string[]) => words[Math.floor(random.uniform() * words.length)] ?? '';
  const sentences: string[] = [];
  for (let length = 0; length < characters;) {
    const sentence = `${one(WHO)} ${one(DID)} ${one(WHAT)} ${one(WHEN)}.`;
    sentences.push(sentence);
    length += sentence.length + 1;
  }
  const place = Math.floor(sentences.length * (0.25 + random.uniform() / 2));
  return sentences.toSpliced(place, 0, needle).join(' ');
}
