/**
 * The events of a whole stream by the algorithm of the WHATWG HTML Standard §9.2.6, written literally
 * with the names of the standard, as a reference for the parser.
 */
export function eventsByTheStandard(bytes: Uint8Array): { event: string; data: string }[] {
  // "UTF-8 decode": replaces errors and strips one byte order mark.
  const stream = new TextDecoder().decode(bytes);
  const events: { event: string; data: string }[] = [];
  let dataBuffer = '';
  let eventTypeBuffer = '';

  for (const line of linesOf(stream)) {
    if (line === '') dispatch();
    else if (line.startsWith(':')) continue;
    else if (line.includes(':')) {
      const field = line.slice(0, line.indexOf(':'));
      const value = line.slice(line.indexOf(':') + 1);
      process(field, value.startsWith(' ') ? value.slice(1) : value);
    } else process(line, '');
  }
  return events;

  function process(field: string, value: string): void {
    if (field === 'event') eventTypeBuffer = value;
    if (field === 'data') dataBuffer += `${value}\n`;
  }

  function dispatch(): void {
    if (dataBuffer !== '') {
      const data = dataBuffer.slice(0, -1);
      events.push({ event: eventTypeBuffer === '' ? 'message' : eventTypeBuffer, data });
    }
    dataBuffer = '';
    eventTypeBuffer = '';
  }
}

/** The lines that end with CRLF, LF or CR. Text after the last line end is not a line. */
function linesOf(stream: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (let at = 0; at < stream.length; at += 1) {
    const character = stream[at];
    if (character === '\r' && stream[at + 1] === '\n') continue;
    if (character === '\r' || character === '\n') {
      lines.push(line);
      line = '';
    } else line += character;
  }
  return lines;
}
