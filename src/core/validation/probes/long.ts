import { promptMessages } from '../../chat/messages.ts';
import { CHARACTERS_PER_TOKEN } from '../figures.ts';
import type { Draw } from '../draw.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

const QUESTION =
  'What are the codes of the red, the green and the blue box? Answer with the three codes only.';
const BOXES = ['red', 'green', 'blue'];
/** Where the codes stand, as shares of the text. A server that cuts the text loses one end. */
const DEPTHS = { start: [0.02, 0.1], middle: [0.45, 0.55], end: [0.9, 0.98] } as const;
/** Characters of an answer; a longer one repeats the text. */
const LONGEST = 1000;

/** Does the model find what stands at the start, in the middle and at the end of a long text? */
export const longProbe: Probe = {
  name: 'long',
  short_requests: 1,
  async run({ target, modes, draw, send, judge }) {
    for (const mode of modes) {
      const { text, needles } = haystack(target.long_tokens * CHARACTERS_PER_TOKEN, draw);
      const { answer } = await send({ messages: promptMessages(`${text}\n\n${QUESTION}`) }, mode);
      const said = answerText(answer);
      const repeats = said.length > LONGEST;
      for (const { place, code } of needles) {
        const found =
          !repeats && new RegExp(code.replace('-', String.raw`\W{0,3}`), 'i').test(said);
        judge(
          `long/${place}`,
          found ? undefined : wrongAnswer(answer, `${QUESTION} (at the ${place} stands ${code})`),
        );
      }
    }
  },
};

const WHO = ['A gardener', 'The postman', 'My neighbour', 'An old sailor', 'The night guard'];
const DID = ['watched', 'painted', 'repaired', 'carried', 'described', 'forgot', 'sold'];
const WHAT = ['a wooden boat', 'the broken clock', 'two red chairs', 'the garden wall', 'a map'];
const WHEN = ['before breakfast', 'in the rain', 'on Sunday', 'without a word', 'for a friend'];

/** Filler sentences of about `characters` in all, with a code at each of the depths. */
function haystack(characters: number, { pick, uniform, integer, several, word }: Draw) {
  const sentences: string[] = [];
  for (let length = 0; length < characters;) {
    const sentence = `${pick(WHO)} ${pick(DID)} ${pick(WHAT)} ${pick(WHEN)}.`;
    sentences.push(sentence);
    length += sentence.length + 1;
  }
  const boxes = several(BOXES, BOXES.length);
  const needles = Object.entries(DEPTHS).map(([place, [from, to]], index) => {
    const code = `${word()}-${integer(100, 999)}`;
    const at = Math.floor(sentences.length * (from + uniform() * (to - from)));
    return { place, at, code, sentence: `The code of the ${boxes[index]} box is ${code}.` };
  });
  for (const { at, sentence } of needles.toReversed()) sentences.splice(at, 0, sentence);
  return { text: sentences.join(' '), needles };
}
