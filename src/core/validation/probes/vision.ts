import type { ChatMessage } from '../../chat/messages.ts';
import { type Colour, discPicture } from './picture.ts';
import { PASS, type Probe, STREAMED } from './probe.ts';
import { said, wrong } from './said.ts';

const QUESTION = 'What colour is the disc in this picture? Answer with one word only.';

/** Far enough apart that nobody can argue. */
const COLOURS: Readonly<Record<string, Colour>> = {
  red: [220, 30, 30],
  green: [30, 160, 50],
  blue: [30, 60, 220],
  yellow: [250, 230, 40],
};

/** Does it see? The picture has another colour every time. */
export const visionProbe: Probe = {
  name: 'vision',
  async run({ model, random }, ask) {
    const names = Object.keys(COLOURS);
    const name = names[Math.floor(random.uniform() * names.length)] ?? 'red';
    const answer = await ask({ ...STREAMED, model, messages: [question(name)] });
    const words: string[] =
      said(answer)
        .toLowerCase()
        .match(/\p{L}+/gu) ?? [];
    const named = names.filter((colour) => words.includes(colour));
    const right = named.length === 1 && named[0] === name;
    return right ? PASS : wrong(answer, `${QUESTION} (it is ${name})`);
  },
};

function question(colour: string): ChatMessage {
  const png = discPicture(COLOURS[colour] ?? [0, 0, 0]).toString('base64');
  return {
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
      { type: 'text', text: QUESTION },
    ],
  };
}
