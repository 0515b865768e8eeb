import type { Image } from './png.ts';

/** Whether a pixel belongs to what is looked for. */
type Belongs = (x: number, y: number) => boolean;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Judges a shape by how much of its bounding box it fills, and whether a lower corner is in it. */
export function shapeIn(image: Image, belongs: Belongs): string {
  const box = boundsOf({ left: 0, top: 0, ...image }, belongs);
  if (box === undefined) return 'unknown';
  let area = 0;
  for (let y = box.top; y < box.top + box.height; y += 1) {
    for (let x = box.left; x < box.left + box.width; x += 1) if (belongs(x, y)) area += 1;
  }
  const share = area / (box.width * box.height);
  if (share > 0.93) return box.width < box.height * 1.2 ? 'square' : 'rectangle';
  if (share > 0.7) return 'circle';
  const corner = belongs(box.left + Math.ceil(box.width / 12), box.top + box.height - 1);
  return corner ? 'triangle' : 'cross';
}

/** The dots of the digits, row by row, each within its own bounding box of 7 rows. */
const DIGITS = [
  '01110 10001 10001 10001 10001 10001 01110',
  '010 110 010 010 010 010 111',
  '01110 10001 00001 00110 01000 10000 11111',
  '01110 10001 00001 00110 00001 10001 01110',
  '00010 00110 01010 10010 11111 00010 00010',
  '11111 10000 11110 00001 00001 10001 01110',
  '00110 01000 10000 11110 10001 10001 01110',
  '11111 00001 00010 00100 01000 01000 01000',
  '01110 10001 10001 01110 10001 10001 01110',
  '01110 10001 10001 01111 00001 00010 01100',
];
const ROWS = 7;

/** A number in digits of 7 rows of dots, with a gap between any two; undefined without one. */
export function digitsIn(image: Image, belongs: Belongs): string | undefined {
  const line = boundsOf({ left: 0, top: 0, ...image }, belongs);
  if (line === undefined) return undefined;
  const digits: string[] = [];
  const end = line.left + line.width;
  for (let left = line.left; left < end;) {
    let right = left;
    while (right < end && hasPixel({ ...line, left: right, width: 1 }, belongs)) right += 1;
    const glyph = { ...line, left, width: right - left };
    const digit = DIGITS.indexOf(dotsOf(glyph, belongs));
    if (digit < 0) return undefined;
    digits.push(String(digit));
    left = right;
    while (left < end && !hasPixel({ ...line, left, width: 1 }, belongs)) left += 1;
  }
  return digits.join('');
}

function dotsOf({ left, top, width, height }: Box, belongs: Belongs): string {
  const dot = height / ROWS;
  const columns = Math.max(1, Math.round(width / dot));
  const rows = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: columns }, (__, column) => {
      const x = Math.floor(left + (column + 0.5) * dot);
      return belongs(x, Math.floor(top + (row + 0.5) * dot)) ? '1' : '0';
    }).join(''),
  );
  return rows.join(' ');
}

function hasPixel({ left, top, width, height }: Box, belongs: Belongs): boolean {
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) if (belongs(x, y)) return true;
  }
  return false;
}

/** The smallest box around the pixels within another one; undefined without any. */
function boundsOf({ left, top, width, height }: Box, belongs: Belongs): Box | undefined {
  let [x0, x1, y0, y1] = [Infinity, -1, Infinity, -1];
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) {
      if (!belongs(x, y)) continue;
      [x0, x1] = [Math.min(x0, x), Math.max(x1, x)];
      [y0, y1] = [Math.min(y0, y), y];
    }
  }
  return x1 < 0 ? undefined : { left: x0, top: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}
