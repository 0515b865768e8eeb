import type { ChatAnswer, ChatDelta } from '../../core/chat/answer.ts';
import type { TextFilter } from '../../terminal/writer.ts';
import { safeFilterFor } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { createReasoningDisplay } from './reasoning.ts';
import { openFileSink, type Sink, stdoutSink } from './output.ts';

/** Shows one answer while it arrives. */
export interface Display {
  delta(delta: ChatDelta): void | Promise<void>;
  /** The answer is here as a whole. */
  done(answer: ChatAnswer): void | Promise<void>;
  /**
   * Last of all, whatever happened: ends an open line and waits for slow readers. `complete` tells
   * whether the answer is whole and what was wanted.
   */
  end(complete: boolean): Promise<void>;
}

export interface DisplayOptions {
  /** `events` is one JSON object a line. */
  format: 'text' | 'json' | 'events';
  /** Makes the text safe for terminals, into a pipe or a file too. */
  sanitize: boolean;
  /** Nothing is shown before all is there. */
  whole: boolean;
  hide_reasoning: boolean;
  /** Only the insides of code blocks. */
  extract: boolean;
  /** Lays the text out, where stdout is a terminal. */
  markdown: boolean;
  /** A file, in place of stdout. */
  output: string | undefined;
}

/** @throws StorageError when the file cannot be written to */
export async function openDisplay(context: Context, options: DisplayOptions): Promise<Display> {
  const { output, whole, format } = options;
  const sink =
    output === undefined ? stdoutSink(context, { whole }) : await openFileSink(context, output);
  if (format !== 'text') {
    const { createJsonDisplay } = await import('./json-display.ts');
    return createJsonDisplay(sink, format);
  }
  return createTextDisplay(context, options, sink, await loadFilter(context, options));
}

/** What the text of the answer goes through on its way. */
async function loadFilter({ terminal }: Context, options: DisplayOptions): Promise<TextFilter> {
  const { extract, markdown, output, sanitize } = options;
  const onTerminal = output === undefined && terminal.stdout.isTTY === true;
  const safe = safeFilterFor(onTerminal || sanitize);
  if (extract) {
    const { createCodeBlocks } = await import('../../terminal/markdown/code-blocks.ts');
    return chain(safe, createCodeBlocks());
  }
  if (!markdown || !onTerminal) return safe;
  const { loadMarkdown } = await import('../../terminal/markdown/stream.ts');
  return chain(safe, await loadMarkdown(terminal.stdout, terminal.env));
}

function chain(first: TextFilter, second: TextFilter): TextFilter {
  return {
    write: (text) => second.write(first.write(text)),
    end: () => second.write(first.end()) + second.end(),
  };
}

/** The answer in the sink, the reasoning dimmed on stderr. */
function createTextDisplay(
  context: Context,
  { sanitize, hide_reasoning }: DisplayOptions,
  sink: Sink,
  filter: TextFilter,
): Display {
  const reasoning = createReasoningDisplay(context, sanitize);
  let last = '';

  function show(text: string): void | Promise<void> {
    if (text === '') return undefined;
    last = text;
    return sink.write(text);
  }

  return {
    delta(delta) {
      if (delta.type === 'reasoning')
        return hide_reasoning ? undefined : reasoning.show(delta.text);
      if (delta.type !== 'content') return undefined;
      const closed = reasoning.close();
      if (closed === undefined) return show(filter.write(delta.text));
      return closed.then(() => show(filter.write(delta.text)));
    },
    done: () => {},
    async end(complete) {
      await reasoning.close();
      await show(filter.end());
      if (last !== '' && !last.endsWith('\n')) await sink.write('\n');
      await sink.end(complete);
    },
  };
}
