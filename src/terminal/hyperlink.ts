import type { OutputStream } from './terminal.ts';

/** `url` as a link (OSC 8) where the stream is a terminal that knows them, else as plain text. */
export async function hyperlink(stream: OutputStream, url: string, text = url): Promise<string> {
  if (stream.isTTY !== true) return text;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks(stream)
    ? `\u001B]8;;${url}\u001B\\${text}\u001B]8;;\u001B\\`
    : text;
}
