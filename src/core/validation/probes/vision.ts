import { userMessage } from '../../chat/messages.ts';
import type { Draw } from '../draw.ts';
import { numbersIn, withPlainDigits } from './numbers.ts';
import { type Colour, drawPicture, type Shape, SHAPES } from './picture.ts';
import { type Probe, type ProbeContext, answerText, wrongAnswer } from './probe.ts';

interface Named {
  /** Words that mean it. */
  words: RegExp;
}

/** Colours that cannot be confused, in languages that models answer in whatever they are asked in. */
const COLOURS: Readonly<Record<string, Named & { rgb: Colour }>> = {
  red: {
    rgb: [220, 30, 30],
    words:
      /\b(?:red|crimson|scarlet|roj[oa]|rouge|rote?[rs]?|ross[oa]|vermelh[oa])\b|красн|[红紅赤]|빨간/,
  },
  green: {
    rgb: [30, 160, 50],
    words: /\b(?:green|verde|verte?)\b|\bgrün|зел[её]н|[绿綠緑]|초록/,
  },
  blue: {
    rgb: [30, 60, 220],
    words: /\b(?:blue|azul|bleue?|blaue?[rs]?|blu)\b|син(?:ий|яя|ее)|[蓝藍青]|파란/,
  },
  yellow: {
    rgb: [250, 230, 40],
    words:
      /\b(?:yellow|golden|gold|amarill[oa]|jaune|gelbe?[rs]?|giall[oa]|amarel[oa])\b|ж[её]лт|[黄黃]|노란/,
  },
};

const SHAPE_WORDS: Readonly<Record<Shape, Named>> = {
  circle: {
    words:
      /\b(?:circle|circular|disc|disk|dot|round|ball|sphere|c[íi]rculo|cercle|kreis|cerchio)\b|круг|[圆圓円]|원형|동그라미/,
  },
  square: {
    words:
      /\b(?:square|rectangle|rectangular|cuadrado|quadrat|quadrado|quadrato)\b|\bcarré|квадрат|正方|方形|方块|方塊|四角|사각/,
  },
  triangle: { words: /\b(?:tri[aáâ]ng(?:le|ular|ulo)|triangolo|dreieck)\b|треуголь|三角|삼각/ },
  cross: { words: /\b(?:cross|plus|cruz|croix|kreuz|croce)\b|крест|十字|십자/ },
};

/** What a picture shows. */
export interface Drawn {
  colour: string;
  shape: Shape;
  number: number;
}

/**
 * Divides every number in a picture, so that a number of another run shows. 93 numbers of four digits,
 * four colours and four shapes: a blind guess is right once in 1,488 times.
 */
const DIVISOR = 97;

/** Does the model see what a drawn picture shows? */
export const visionProbe: Probe = {
  name: 'vision',
  short_requests: 1,
  async run({ modes, full, draw, send, ...checks }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const drawn = drawScene(draw);
      const url = `data:image/png;base64,${pictureOf(drawn).toString('base64')}`;
      const question = `Question "${draw.nonce()}": what colour is the shape in the picture, which shape is it, and what number is below it? Answer with the colour, the shape and the number only.`;
      const message = userMessage(question, [{ type: 'image_url', image_url: { url } }]);
      const { answer } = await send({ messages: [message] }, mode);
      const { colour, shape, number } = drawn;
      const wrong = wrongAnswer(answer, `${question} (it is a ${colour} ${shape} and ${number})`);
      judgeSeen(checks, answerText(answer), drawn, wrong);
    }
  },
};

function drawScene({ pick, integer }: Draw): Drawn {
  return {
    colour: pick(Object.keys(COLOURS)),
    shape: pick(SHAPES),
    number: DIVISOR * integer(Math.ceil(1000 / DIVISOR), Math.floor(9999 / DIVISOR)),
  };
}

function pictureOf({ colour, shape, number }: Drawn): Buffer {
  return drawPicture(shape, COLOURS[colour]?.rgb ?? [0, 0, 0], number);
}

/** @param wrong the reason when one of the three is wrong */
export function judgeSeen(
  { judge, fail }: Pick<ProbeContext, 'judge' | 'fail'>,
  answer: string,
  { colour, shape, number }: Drawn,
  wrong: string,
): void {
  const text = withPlainDigits(answer.toLowerCase());
  // `4 8 5 0` is one number; one or two digits may count the shapes.
  const numbers = numbersIn(text.replaceAll(/(?<=\b\d) (?=\d\b)/g, ''))
    .map(({ value }) => Math.abs(value))
    .filter((value) => value >= 100);
  const [seen] = numbers;
  const only = numbers.every((value) => value === seen);
  if (seen !== undefined && only && seen !== number && seen >= 1000 && seen % DIVISOR === 0) {
    fail('vision/fresh', `${wrong}: only another picture shows ${seen}, so a cache answered`);
  }
  judge('vision/colour', namesOnly(text, COLOURS, colour) ? undefined : wrong);
  judge('vision/shape', namesOnly(text, SHAPE_WORDS, shape) ? undefined : wrong);
  judge('vision/number', only && seen === number ? undefined : wrong);
}

/** Whether a text names this one of a kind and no other. */
function namesOnly(text: string, kinds: Readonly<Record<string, Named>>, right: string): boolean {
  const named = Object.keys(kinds).filter((name) => kinds[name]?.words.test(text));
  return named.length === 1 && named[0] === right;
}
