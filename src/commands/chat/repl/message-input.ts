import type { EditorResult, LineEditor } from './line-editor.ts';

const PROMPT = '> ';
const CONTINUATION_PROMPT = '… ';
const QUOTES = '"""';

/**
 * Reads a message of one or more lines. A line that ends with a backslash continues on the next one.
 * Three quotation marks begin and end a text of several lines.
 */
export async function readMessage(
  editor: Pick<LineEditor, 'readLine' | 'joinLines'>,
): Promise<EditorResult> {
  const first = await editor.readLine(PROMPT);
  if (first.kind !== 'line') return first;
  const quoted = first.text.trimStart().startsWith(QUOTES);
  let text = quoted ? first.text.trimStart().slice(QUOTES.length) : first.text;
  let { abbreviated } = first;
  const lines = [first.typed];
  while (continues(text, quoted)) {
    const next = await editor.readLine(CONTINUATION_PROMPT);
    if (next.kind === 'interrupt') return { kind: 'interrupt', empty: false };
    if (next.kind === 'end') return next;
    text = `${quoted ? text : text.slice(0, -1)}\n${next.text}`;
    abbreviated ||= next.abbreviated;
    lines.push(next.typed);
  }
  if (quoted) text = unquoted(text);
  if (lines.length > 1 && !abbreviated) editor.joinLines(lines, text);
  return { kind: 'line', text, typed: lines.join('\n'), abbreviated };
}

function continues(text: string, quoted: boolean): boolean {
  return quoted ? !text.trimEnd().endsWith(QUOTES) : text.endsWith('\\');
}

function unquoted(text: string): string {
  return text.trimEnd().slice(0, -QUOTES.length).replace(/^\n/, '').trimEnd();
}
