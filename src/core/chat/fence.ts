/** A text under its name in a code fence that nothing inside can close (CommonMark §4.5). */
export function fenced(name: string, text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const longest = Math.max(2, ...runs.map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A name may hold line breaks, and would then be more than a name.
  const title = name.replaceAll(/\s+/g, ' ');
  return `${title}:\n${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
