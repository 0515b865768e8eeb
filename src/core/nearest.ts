/**
 * The known name that is most similar to `name`; undefined when more than a third of its letters,
 * rounded up, differ.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  return mostSimilar(name, known, (letters) => Math.ceil(letters / 3));
}

/**
 * As {@link nearest}, for a word that may have no similar name at all: at most a third of the letters,
 * rounded down, and at most two differ, but one always may. A beginning that only one name has counts too.
 */
export function closest(name: string, known: readonly string[]): string | undefined {
  const near = mostSimilar(name, known, (letters) =>
    Math.min(2, Math.max(1, Math.floor(letters / 3))),
  );
  if (near !== undefined || name.length < 2) return near;
  const [only, ...others] = known.filter((one) => one.startsWith(name.toLowerCase()));
  return others.length === 0 ? only : undefined;
}

function mostSimilar(
  name: string,
  known: readonly string[],
  most: (letters: number) => number,
): string | undefined {
  const wanted = name.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .filter((one) => one.distance <= most(one.candidate.length))
    .toSorted((one, other) => one.distance - other.distance);
  return best?.candidate;
}

/** The letters to insert, delete or replace; two neighbors that changed places count as one. */
export function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 0; line < one.length; line += 1) {
    const next = [line + 1];
    for (let column = 0; column < other.length; column += 1) {
      const change = (row[column] ?? 0) + (other[column] === one[line] ? 0 : 1);
      const swapped = one[line - 1] === other[column] && one[line] === other[column - 1];
      const swap = swapped ? (before[column - 1] ?? Infinity) + 1 : Infinity;
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, change, swap));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** `; did you mean base_url?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
