import { ErrorReply, errorReply } from '../router.ts';
import { digitsIn, shapeIn } from './image-reading.ts';
import { readPng } from './png.ts';

const PALETTE = {
  black: [0, 0, 0],
  white: [255, 255, 255],
  grey: [128, 128, 128],
  red: [220, 30, 30],
  orange: [255, 140, 0],
  yellow: [250, 230, 40],
  green: [30, 160, 50],
  cyan: [0, 210, 220],
  blue: [30, 60, 220],
  purple: [140, 40, 170],
  pink: [255, 130, 180],
  brown: [130, 75, 30],
} as const satisfies Record<string, readonly [number, number, number]>;

type Colour = keyof typeof PALETTE;

const NAMES = Object.keys(PALETTE) as Colour[];
const BACKGROUNDS: ReadonlySet<Colour> = new Set(['black', 'white', 'grey']);
/** A colour counts when it covers at least this share of the image. */
const LEAST_SHARE = 0.03;

/** What the vision model sees. */
export interface SeenImage {
  /** The largest one that is no background. */
  colour: string;
  /** Of the area that has this colour. */
  shape: string;
  /** Written in black; undefined when there is none. */
  number: string | undefined;
  /** Names all colours. */
  sentence: string;
}

/**
 * Looks at a PNG in a data URL. It opens no other image, and fetches nothing.
 * @throws ErrorReply 400 for a data URL without base64, and for a PNG that `readPng` cannot read
 */
export function describeImage(url: string): SeenImage {
  const sentence = 'I can only see pictures that are PNG data URLs.';
  const unseen = { colour: 'unknown', shape: 'unknown', number: undefined, sentence };
  if (!url.startsWith('data:')) return unseen;
  const [, type, base64] =
    /^data:(image\/[a-z+.-]+);base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? [];
  if (base64 === undefined) throw unreadable();
  if (type !== 'image/png') return unseen;
  const image = readPng(Buffer.from(base64, 'base64'));
  if (!image) throw unreadable();
  const names = namesOf(image.pixels);
  const colours = coloursOf(names);
  const [first = 'grey', ...others] = colours;
  const also = others.length > 0 ? `, with ${others.join(' and ')}` : '';
  const colour = colours.find((name) => !BACKGROUNDS.has(name)) ?? first;
  const has = (wanted: Colour) => (x: number, y: number) => names[y * image.width + x] === wanted;
  return {
    colour,
    shape: shapeIn(image, has(colour)),
    number: digitsIn(image, has('black')),
    sentence: `The picture of ${image.width} by ${image.height} pixels is mostly ${first}${also}.`,
  };
}

/** The name of the colour of each pixel. */
function namesOf(pixels: Uint8Array): Colour[] {
  const names: Colour[] = [];
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const same =
      at > 0 && [0, 1, 2].every((channel) => pixels[at + channel] === pixels[at - 3 + channel]);
    const before = names.at(-1);
    names.push(
      same && before !== undefined
        ? before
        : nearest(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0),
    );
  }
  return names;
}

/** The colours, the one with the largest area first. */
function coloursOf(names: readonly Colour[]): Colour[] {
  const areas = new Map<Colour, number>();
  for (const name of names) areas.set(name, (areas.get(name) ?? 0) + 1);
  const least = names.length * LEAST_SHARE;
  return [...areas]
    .filter(([, area]) => area >= least)
    .toSorted(([, one], [, other]) => other - one)
    .map(([colour]) => colour);
}

function nearest(red: number, green: number, blue: number): Colour {
  let best: Colour = 'grey';
  let least = Infinity;
  for (const name of NAMES) {
    const [r, g, b] = PALETTE[name];
    const distance = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

function unreadable(): ErrorReply {
  const message = 'The image format is illegal and cannot be opened.';
  return new ErrorReply(errorReply(400, 'invalid_parameter_error', message));
}
