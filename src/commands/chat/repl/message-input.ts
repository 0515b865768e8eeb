import type { Entered, LineEditor } from './line-editor.ts';

const PROMPT = '> ';
const MORE = '… ';
const QUOTES = '"""';

/**
 * One message of one or more lines: a line that ends with a backslash goes on with the next one,
 * and three quotation marks open and close a text of many lines.
 */
export async function askMessage(editor: Pick<LineEditor, 'ask'>): Promise<Entered> {
  const first = await editor.ask(PROMPT);
  if (first.kind !== 'line') return first;
  const quoted = first.text.trimStart().startsWith(QUOTES);
  let text = quoted ? first.text.trimStart().slice(QUOTES.length) : first.text;
  let { abbreviated } = first;
  while (goesOn(text, quoted)) {
    const next = await editor.ask(MORE);
    if (next.kind === 'interrupt') return { kind: 'interrupt', idle: false };
    if (next.kind === 'end') return next;
    text = `${quoted ? text : text.slice(0, -1)}\n${next.text}`;
    abbreviated ||= next.abbreviated;
  }
  return { kind: 'line', text: quoted ? unquote(text) : text, abbreviated };
}

function goesOn(text: string, quoted: boolean): boolean {
  return quoted ? !text.trimEnd().endsWith(QUOTES) : text.endsWith('\\');
}

function unquote(text: string): string {
  return text.trimEnd().slice(0, -QUOTES.length).replace(/^\n/, '').trimEnd();
}
