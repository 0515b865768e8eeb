import { crc32, deflateSync } from 'node:zlib';
import type { ChatMessage } from '../../chat/messages.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

const QUESTION = 'What colour is the disc in this picture? Answer with one word only.';

/** Colors that cannot be confused. */
const COLOURS: Readonly<Record<string, Colour>> = {
  red: [220, 30, 30],
  green: [30, 160, 50],
  blue: [30, 60, 220],
  yellow: [250, 230, 40],
};

/** Does the model see a picture? Its color is random. */
export const visionProbe: Probe = {
  name: 'vision',
  short_requests: 1,
  async run({ modes, draw, send, judge }) {
    const names = Object.keys(COLOURS);
    const name = draw.pick(names);
    const { answer } = await send({ messages: [question(name)] }, modes[0] ?? 'streamed');
    const words: string[] =
      answerText(answer)
        .toLowerCase()
        .match(/\p{L}+/gu) ?? [];
    const named = names.filter((colour) => words.includes(colour));
    const right = named.length === 1 && named[0] === name;
    judge('vision/seen', right ? undefined : wrongAnswer(answer, `${QUESTION} (it is ${name})`));
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

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

const WHITE: Colour = [255, 255, 255];
/** Pixels, in each direction: DashScope refuses pictures of 10 and fewer. */
const SIZE = 96;

/** A disc of one colour on white, as a PNG (W3C PNG, second edition: RGB of eight bits). */
export function discPicture(colour: Colour): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  // Bit depth 8, colour type 2 (RGB); compression, filter and interlace methods stay 0.
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows(colour))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Each row begins with the number of its filter: 0, none. */
function rows(colour: Colour): Buffer {
  const stride = 1 + SIZE * 3;
  const bytes = Buffer.alloc(stride * SIZE);
  const middle = (SIZE - 1) / 2;
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) {
      const inside = Math.hypot(x - middle, y - middle) < SIZE * 0.4;
      bytes.set(inside ? colour : WHITE, y * stride + 1 + x * 3);
    }
  }
  return bytes;
}

/** §5.3: length of the data, type, data, CRC of type and data. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), framed.length - 4);
  return framed;
}
