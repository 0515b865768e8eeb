import { inflateSync } from 'node:zlib';

/** A decoded image. */
export interface Image {
  width: number;
  height: number;
  /** Three bytes a pixel (red, green, blue), row by row; transparency shows white behind it. */
  pixels: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MAX_PIXELS = 1_000_000;
/** Bytes a pixel for each colour type: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Decodes a PNG with 8 bits a channel and without interlacing (W3C PNG, §5 and §9). Undefined when
 * the PNG has another format, is broken, or has more than 1,000,000 pixels. It inflates no more
 * bytes than the header announces, and at least as many: pngjs 7 accepts a PNG with too few bytes
 * and returns uninitialized memory for the rest, so that its colours differ from run to run.
 */
export function readPng(bytes: Buffer): Image | undefined {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  const chunks = readChunks(bytes);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header?.length !== 13) return undefined;
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const colour_type = header[9] ?? -1;
  const channels = CHANNELS[colour_type];
  const plain = header[8] === 8 && header[12] === 0;
  if (!plain || channels === undefined || width * height === 0 || width * height > MAX_PIXELS) {
    return undefined;
  }
  const stride = width * channels;
  const raw = inflate(chunks, (stride + 1) * height);
  if (!raw) return undefined;
  const rows = unfilter(raw, stride, channels);
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data;
  return { width, height, pixels: toRgb(rows, colour_type, channels, palette) };
}

interface Chunk {
  type: string;
  data: Buffer;
}

function readChunks(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function inflate(chunks: readonly Chunk[], size: number): Buffer | undefined {
  const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  try {
    const raw = inflateSync(Buffer.concat(data), { maxOutputLength: size });
    return raw.length === size ? raw : undefined;
  } catch {
    return undefined;
  }
}

/** Reverses the filter of each row (§9.2) and drops the filter byte. */
function unfilter(raw: Buffer, stride: number, channels: number): Uint8Array {
  const height = raw.length / (stride + 1);
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= channels ? (rows[at - channels] ?? 0) : 0;
      const above = y > 0 ? (rows[at - stride] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (rows[at - stride - channels] ?? 0) : 0;
      const byte = raw[y * (stride + 1) + 1 + x] ?? 0;
      rows[at] = byte + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

function predicted(
  filter: number | undefined,
  left: number,
  above: number,
  corner: number,
): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  return filter === 4 ? paeth(left, above, corner) : 0;
}

/** The Paeth predictor (§9.4). */
function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const a = Math.abs(estimate - left);
  const b = Math.abs(estimate - above);
  const c = Math.abs(estimate - corner);
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function toRgb(
  rows: Uint8Array,
  colour_type: number,
  channels: number,
  palette: Buffer | undefined,
): Uint8Array {
  const pixels = new Uint8Array((rows.length / channels) * 3);
  const hasAlpha = colour_type === 4 || colour_type === 6;
  for (let from = 0, to = 0; from < rows.length; from += channels, to += 3) {
    const opacity = hasAlpha ? (rows[from + channels - 1] ?? 255) / 255 : 1;
    for (let channel = 0; channel < 3; channel += 1) {
      const first = rows[from] ?? 0;
      const value =
        colour_type === 3
          ? (palette?.[first * 3 + channel] ?? 0)
          : channels >= 3
            ? (rows[from + channel] ?? 0)
            : first;
      pixels[to + channel] = Math.round(value * opacity + 255 * (1 - opacity));
    }
  }
  return pixels;
}
