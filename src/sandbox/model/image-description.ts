import { ErrorReply, errorReply } from '../router.ts';
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

/**
 * What the vision model sees: the colours of a PNG in a data URL. It opens no other image, and
 * fetches nothing. `colour` is the largest one that is no background, `sentence` names all.
 * @throws ErrorReply 400 for a data URL without base64, and for a PNG that `readPng` cannot read
 */
export function describeImage(url: string): { colour: string; sentence: string } {
  const unseen = { colour: 'unknown', sentence: 'I can only see pictures that are PNG data URLs.' };
  if (!url.startsWith('data:')) return unseen;
  const [, type, base64] =
    /^data:(image\/[a-z+.-]+);base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? [];
  if (base64 === undefined) throw unreadable();
  if (type !== 'image/png') return unseen;
  const image = readPng(Buffer.from(base64, 'base64'));
  if (!image) throw unreadable();
  const colours = coloursOf(image.pixels);
  const [first = 'grey', ...others] = colours;
  const also = others.length > 0 ? `, with ${others.join(' and ')}` : '';
  return {
    colour: colours.find((name) => !BACKGROUNDS.has(name)) ?? first,
    sentence: `The picture of ${image.width} by ${image.height} pixels is mostly ${first}${also}.`,
  };
}

/** The names of the colours, the one with the largest area first. */
function coloursOf(pixels: Uint8Array): Colour[] {
  const areas = new Map<Colour, number>();
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const colour = nearest(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    areas.set(colour, (areas.get(colour) ?? 0) + 1);
  }
  const least = (pixels.length / 3) * LEAST_SHARE;
  return [...areas]
    .filter(([, area]) => area >= least)
    .toSorted(([, a], [, b]) => b - a)
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
