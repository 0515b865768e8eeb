import type { ChatAnswer, ChatDelta } from '../../core/chat/answer.ts';
import { stringify } from '../../terminal/json.ts';
import { loadStyle } from '../../terminal/style.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { createWriter, safeStreamFor } from '../../terminal/writer.ts';

/** Shows one answer while it arrives. */
export interface Display {
  delta(delta: ChatDelta): void | Promise<void>;
  /** The answer is complete. */
  done(answer: ChatAnswer): void | Promise<void>;
  /** Last of all, whatever happened: ends an open line and waits for slow readers. */
  end(): Promise<void>;
}

export interface DisplayOptions {
  json: boolean;
  stream: boolean;
  sanitize: boolean;
}

export function createDisplay(terminal: Terminal, options: DisplayOptions): Display {
  if (!options.json) return createTextDisplay(terminal, options.sanitize);
  return createJsonDisplay(terminal, options.stream);
}

/** The answer on stdout, the reasoning dimmed on stderr. */
function createTextDisplay(terminal: Terminal, sanitize: boolean): Display {
  const out = createWriter(terminal.stdout);
  const content = safeStreamFor(terminal.stdout, sanitize);
  const reasoning = createReasoning(terminal, sanitize);
  let last = '';

  function show(text: string): void | Promise<void> {
    if (text === '') return undefined;
    last = text;
    return out.write(text);
  }

  return {
    delta(delta) {
      if (delta.type === 'reasoning') return reasoning.show(delta.text);
      if (delta.type !== 'content') return undefined;
      const closed = reasoning.close();
      if (closed === undefined) return show(content.write(delta.text));
      return closed.then(() => show(content.write(delta.text)));
    },
    done: () => {},
    async end() {
      await reasoning.close();
      await show(content.end());
      if (last !== '' && !last.endsWith('\n')) await out.write('\n');
      await out.flush();
    },
  };
}

function createReasoning(terminal: Terminal, sanitize: boolean) {
  const writer = createWriter(terminal.stderr);
  const safe = safeStreamFor(terminal.stderr, sanitize);
  let dim: ((text: string) => string) | undefined;
  return {
    async show(text: string): Promise<void> {
      dim ??= (await loadStyle(terminal.stderr, terminal.env)).dim;
      const shown = safe.write(text);
      if (shown !== '') await writer.write(dim(shown));
    },
    /** Ends the reasoning, if there was any, before the answer begins. */
    close(): Promise<void> | undefined {
      if (dim === undefined) return undefined;
      const rest = safe.end();
      void writer.write(`${rest === '' ? '' : dim(rest)}\n`);
      dim = undefined;
      return writer.flush();
    },
  };
}

/** One document at the end, or with a stream one event a line. */
function createJsonDisplay(terminal: Terminal, stream: boolean): Display {
  const out = createWriter(terminal.stdout);
  const line = (value: unknown) => out.write(`${stringify(value)}\n`);
  return {
    delta: (delta) => (stream ? line(delta) : undefined),
    done: (answer) =>
      stream ? line({ type: 'done', ...answer }) : out.write(`${stringify(answer, 2)}\n`),
    end: () => out.flush(),
  };
}
