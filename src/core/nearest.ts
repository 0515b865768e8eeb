/**
 * The known name that is most similar to `name`; undefined when more than a third of its letters,
 * rounded up, differ. Two swapped letters count as two.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .filter((one) => one.distance <= Math.ceil(one.candidate.length / 3))
    .toSorted((one, other) => one.distance - other.distance);
  return best?.candidate;
}

/** The Levenshtein distance: the letters to insert, delete or replace. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...one].entries()) {
    let left = line + 1;
    const next = [left];
    for (let column = 0; column < other.length; column += 1) {
      const above = row[column + 1] ?? 0;
      const change = (row[column] ?? 0) + (other[column] === letter ? 0 : 1);
      left = Math.min(left + 1, above + 1, change);
      next.push(left);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** `; did you mean base_url?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
