/** How many columns of a terminal a text takes. */
export type Measure = (text: string) => number;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Breaks a text into at most `most` lines of at most `width` columns, between words where it can.
 * What does not fit ends in `…`. A line has at least one character: one of two columns in a
 * terminal of one is wider than it.
 */
export function fold(text: string, width: number, most: number, measure: Measure): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (lines.length < most - 1 && measure(rest) > width) {
    const fitting = prefix(rest, width, measure);
    const space = rest[fitting.length] === ' ' ? fitting.length : fitting.lastIndexOf(' ');
    const end = space > 0 ? space : fitting.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  const whole = measure(rest) <= width;
  if (whole) return [...lines, rest];
  const kept = prefix(rest, width - 1, measure).trimEnd();
  lines.push(measure(kept) < width ? `${kept}…` : '…');
  return lines;
}

/** The longest beginning that fits, at least one character, cut between those a reader sees. */
function prefix(text: string, width: number, measure: Measure): string {
  let end = 0;
  let taken = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    taken += measure(segment);
    if (taken > width && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
