import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { columnsOf, rowsOf, withKnownSize } from '../../src/terminal/terminal.ts';

const sized = (columns?: number, rows?: number) =>
  Object.assign(new PassThrough(), { isTTY: true, columns, rows } as { isTTY: boolean });

describe('the size of a terminal', () => {
  it.each([[undefined], [0], [Number.NaN], [-1]])('of %s means 80 by 24', (unknown) => {
    expect(columnsOf(sized(unknown, unknown))).toBe(80);
    expect(rowsOf(sized(unknown, unknown))).toBe(24);
  });

  it('is used as it is when it is known, however small', () => {
    expect(columnsOf(sized(1, 1))).toBe(1);
    expect(rowsOf(sized(1, 1))).toBe(1);
    expect(columnsOf(sized(400, 100))).toBe(400);
    expect(rowsOf(sized(400, 100))).toBe(100);
  });

  it('follows the terminal when a package reads it', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40, rows: 10 });
    const known = withKnownSize(stream);
    expect([known.columns, known.rows, known.isTTY]).toEqual([40, 10, true]);
    Object.assign(stream, { columns: 0, rows: 0 });
    expect([known.columns, known.rows]).toEqual([80, 24]);
  });
});
