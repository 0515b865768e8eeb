/** Draws the cells of a terminal as an SVG. */
import type { Terminal } from '@xterm/headless';

/** Pixels of a cell. */
const [WIDTH, HEIGHT] = [8.4, 18];
const MARGIN = 14;
const [PAPER, INK] = ['#161b22', '#e6edf3'];

/** The 16 colors of a terminal, each readable on {@link PAPER}. */
const COLORS =
  '#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #b1bac4 ' +
  '#6e7681 #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #ffffff';

type Buffer = Terminal['buffer']['active'];
type Cell = NonNullable<ReturnType<NonNullable<ReturnType<Buffer['getLine']>>['getCell']>>;

/** Cells that look the same, from a column on. */
interface Run {
  column: number;
  columns: number;
  text: string;
  look: string;
  paper: string | undefined;
}

/**
 * @param title for people who hear the page
 * @param rows the number of lines, from the first one
 */
export function drawTerminal(
  terminal: Terminal,
  { title, rows }: { title: string; rows: number },
): string {
  const { active } = terminal.buffer;
  const width = Math.round(terminal.cols * WIDTH + 2 * MARGIN);
  const height = rows * HEIGHT + 2 * MARGIN;
  const lines = Array.from({ length: rows }, (_, row) => drawLine(active, row, terminal.cols));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}" stroke="#6e7681"/>`,
    `<g fill="${INK}" font-size="14" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace">`,
    ...lines.filter((line) => line !== ''),
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function drawLine(buffer: Buffer, row: number, columns: number): string {
  const top = MARGIN + row * HEIGHT;
  return runsOf(buffer, row, columns)
    .map(({ column, columns: wide, text, look, paper }) => {
      const x = rounded(MARGIN + column * WIDTH);
      const length = rounded(wide * WIDTH);
      const back =
        paper === undefined
          ? ''
          : `<rect x="${x}" y="${top}" width="${length}" height="${HEIGHT}" fill="${paper}"/>`;
      // Whatever font there is, the run takes as many columns as in the terminal.
      const place = `x="${x}" y="${top + 14}" textLength="${length}" lengthAdjust="spacingAndGlyphs"`;
      return text.trim() === '' ? back : `${back}<text ${place}${look}>${escaped(text)}</text>`;
    })
    .join('');
}

/** A run begins and ends with a character: renderers of SVG do not agree on blanks. */
function runsOf(buffer: Buffer, row: number, columns: number): Run[] {
  const line = buffer.getLine(row);
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line?.getCell(column);
    // The second half of a wide character has no width.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const { look, paper } = lookOf(cell);
    const text = cell.getChars() || ' ';
    if (text === ' ' && paper === undefined) continue;
    const last = runs.at(-1);
    const blanks = last === undefined ? Infinity : column - last.column - last.columns;
    if (last !== undefined && last.look === look && last.paper === paper && blanks <= 1) {
      last.text += ' '.repeat(blanks) + text;
      last.columns += blanks + cell.getWidth();
    } else runs.push({ column, columns: cell.getWidth(), text, look, paper });
  }
  return runs;
}

function lookOf(cell: Cell): Pick<Run, 'look' | 'paper'> {
  const ink = colorOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor());
  const back = colorOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
  const inverse = cell.isInverse() !== 0;
  const fill = inverse ? (back ?? PAPER) : ink;
  const look = [
    fill === undefined ? '' : ` fill="${fill}"`,
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isItalic() ? ' font-style="italic"' : '',
    cell.isUnderline() ? ' text-decoration="underline"' : '',
    cell.isDim() ? ' opacity="0.65"' : '',
  ].join('');
  return { look, paper: inverse ? (ink ?? INK) : back };
}

function colorOf(is_rgb: boolean, is_palette: boolean, value: number): string | undefined {
  if (is_rgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (!is_palette) return undefined;
  if (value < 16) return COLORS.split(' ')[value];
  if (value >= 232) return hex(...Array<number>(3).fill(8 + 10 * (value - 232)));
  const level = (part: number) => (part === 0 ? 0 : 55 + 40 * part);
  const at = value - 16;
  return hex(level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6));
}

const hex = (...parts: number[]) =>
  `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

const rounded = (pixels: number) => Math.round(pixels * 10) / 10;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
