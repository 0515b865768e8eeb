import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeImage } from '../../../src/sandbox/model/image-description.ts';
import { readPng } from '../../../src/sandbox/model/png.ts';

// From Wikipedia's article on the data URI scheme: five by five pixels, a red dot on nothing.
const RED_DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';

interface Recipe {
  width: number;
  colour_type: number;
  channels: number;
  /** A filter type for each row. */
  filters: readonly number[];
  samples: Uint8Array;
  palette?: readonly number[];
}

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

/** W3C PNG, §9: filters each row as the recipe says. */
function encode({ width, colour_type, channels, filters, samples, palette }: Recipe): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(filters.length, 4);
  header.set([8, colour_type], 8);
  const stride = width * channels;
  const raw: number[] = [];
  filters.forEach((filter, y) => {
    raw.push(filter);
    for (let x = 0; x < stride; x += 1) {
      const at = (dx: number, dy: number): number =>
        x - dx < 0 || y - dy < 0 ? 0 : (samples[(y - dy) * stride + x - dx] ?? 0);
      const [a, b, c] = [at(channels, 0), at(0, 1), at(channels, 1)];
      const nearest = [a, b, c].toSorted(
        (p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q),
      )[0];
      const predicted = [0, a, b, Math.floor((a + b) / 2), nearest ?? 0][filter] ?? 0;
      raw.push((at(0, 0) - predicted) & 0xff);
    }
  });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', deflateSync(Uint8Array.from(raw))),
    chunk('IEND', new Uint8Array()),
  ]);
}

function url(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

describe('the PNG reader', () => {
  it('reads every filter type in any order of rows', () => {
    const filters = fc.array(fc.nat(4), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        filters,
        fc.infiniteStream(fc.nat(255)),
        (width, filters, stream) => {
          const samples = Uint8Array.from(
            { length: width * filters.length * 3 },
            () => stream.next().value,
          );
          const png = encode({ width, colour_type: 2, channels: 3, filters, samples });
          expect(readPng(png)?.pixels).toEqual(samples);
        },
      ),
    );
  });

  it('reads grey, a palette, and an alpha channel on white', () => {
    const shape = { width: 2, filters: [0] };
    const pixels = (recipe: Recipe): number[] => [...(readPng(encode(recipe))?.pixels ?? [])];
    const samples = Uint8Array.of(7, 9);
    expect(pixels({ ...shape, colour_type: 0, channels: 1, samples })).toEqual([7, 7, 7, 9, 9, 9]);
    const palette = [1, 2, 3, 4, 5, 6];
    const indexed = { ...shape, colour_type: 3, channels: 1, palette };
    expect(pixels({ ...indexed, samples: Uint8Array.of(1, 0) })).toEqual([4, 5, 6, 1, 2, 3]);
    const grey = { ...shape, colour_type: 4, channels: 2 };
    const clear = Uint8Array.of(7, 255, 7, 0);
    expect(pixels({ ...grey, samples: clear })).toEqual([7, 7, 7, 255, 255, 255]);
  });

  it('refuses a PNG that is broken, ends early, or announces another size than it has', () => {
    const png = Buffer.from(RED_DOT, 'base64');
    expect(readPng(png)).toMatchObject({ width: 5, height: 5 });
    for (let length = 0; length < png.length - 30; length += 1) {
      expect(readPng(png.subarray(0, length))).toBeUndefined();
    }
    const samples = new Uint8Array(30_000);
    const bomb = encode({
      width: 100,
      colour_type: 2,
      channels: 3,
      filters: Array(100).fill(0),
      samples,
    });
    bomb.writeUInt32BE(101, 20);
    expect(readPng(bomb)).toBeUndefined();
    bomb.writeUInt32BE(1, 16);
    expect(readPng(bomb)).toBeUndefined();
    bomb.writeUInt32BE(0xffffffff, 16);
    expect(readPng(bomb)).toBeUndefined();
  });
});

describe('the vision model', () => {
  it('names the colours by their area', () => {
    expect(describeImage(`data:image/png;base64,${RED_DOT}`)).toMatchObject({
      colour: 'red',
      shape: 'circle',
      sentence: 'The picture of 5 by 5 pixels is mostly red, with white.',
    });
  });

  it.each([
    ['red', [255, 0, 0]],
    ['green', [0, 128, 0]],
    ['green', [0, 255, 0]],
    ['blue', [0, 0, 255]],
    ['yellow', [255, 255, 0]],
    ['orange', [255, 165, 0]],
    ['purple', [128, 0, 128]],
    ['pink', [255, 105, 180]],
    ['cyan', [0, 255, 255]],
    ['brown', [139, 69, 19]],
    ['black', [0, 0, 0]],
    ['white', [255, 255, 255]],
    ['grey', [128, 128, 128]],
  ])('sees %s in %j', (colour, rgb) => {
    const samples = Uint8Array.from({ length: 48 }, (_, index) => rgb[index % 3] ?? 0);
    const png = encode({ width: 4, colour_type: 2, channels: 3, filters: [0, 0, 0, 0], samples });
    expect(describeImage(url(png)).colour).toBe(colour);
  });

  it('names the largest colour that is no background as the colour', () => {
    const samples = new Uint8Array(48).fill(255);
    samples.set([0, 0, 255]);
    const png = encode({ width: 4, colour_type: 2, channels: 3, filters: [0, 0, 0, 0], samples });
    const sentence = 'The picture of 4 by 4 pixels is mostly white, with blue.';
    expect(describeImage(url(png))).toMatchObject({ colour: 'blue', sentence });
  });

  it('does not fetch the image of an https URL', () => {
    expect(describeImage('https://example.com/a.png').sentence).toMatch(/PNG data URLs/);
  });
});
