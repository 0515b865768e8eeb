import { loadPaint } from '../../terminal/style.ts';
import { createWriter, mustSanitize, safeFilterFor, type Writer } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';

/** What a model thinks before it answers, dimmed on stderr. */
export interface ReasoningDisplay {
  show(text: string): void | Promise<void>;
  /** Ends the reasoning, if there was any, before something else is shown. */
  close(): Promise<void> | undefined;
}

export function createReasoningDisplay(
  { terminal, signal }: Context,
  sanitize: boolean,
): ReasoningDisplay {
  const safe = safeFilterFor(mustSanitize(terminal.stderr, sanitize));
  let writer: Writer | undefined;
  let open = false;
  let last = '';

  function write(to: Writer, text: string): void | Promise<void> {
    if (text === '') return undefined;
    last = text;
    return to.write(text);
  }

  return {
    show(text) {
      open = true;
      if (writer) return write(writer, safe.write(text));
      return loadPaint(terminal.stderr, terminal.env).then((paint) => {
        writer = createWriter(terminal.stderr, { paint: (shown) => paint(shown, 'quiet'), signal });
        return write(writer, safe.write(text));
      });
    },
    close() {
      if (!open || writer === undefined) return undefined;
      open = false;
      void write(writer, safe.end());
      if (!last.endsWith('\n')) void writer.write('\n');
      return writer.flush();
    },
  };
}
