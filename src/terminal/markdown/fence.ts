/** What opens and closes a fenced code block (CommonMark §4.5), line by line. */
export interface Fence {
  /** The run of backticks or tildes. */
  marker: string;
  /** The blanks before it: its lines lose as much. */
  indent: string;
}

/** The info string after backticks holds none. */
const OPENING = /^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})/;

/** The fence that a line opens, at any indentation; undefined for any other line. */
export function openedBy(line: string): Fence | undefined {
  const [, indent = '', marker] = OPENING.exec(line.trimEnd()) ?? [];
  return marker === undefined ? undefined : { marker, indent };
}

/** Whether a line closes a fence: the same character, at least as often, and nothing else. */
export function closes(line: string, { marker }: Fence): boolean {
  const text = line.trim();
  return text.startsWith(marker) && text === marker.charAt(0).repeat(text.length);
}

/** A line of code without the indentation of its fence. A tab is removed only if the fence has one. */
export function unindented(line: string, { indent }: Fence): string {
  const blanks = (indent.includes('\t') ? /^[ \t]*/ : /^ */).exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(blanks, indent.length));
}
