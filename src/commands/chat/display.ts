import type { ChatAnswer, ChatDelta } from '../../core/chat/answer.ts';
import { JoinedText, partsOf } from '../../core/chat/joined-text.ts';
import { jsonParts } from '../../core/chat/json-parts.ts';
import type { MarkdownFilter } from '../../terminal/markdown/stream.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadPaint } from '../../terminal/style.ts';
import { columnsOf } from '../../terminal/terminal.ts';
import {
  createWriter,
  mustSanitize,
  safeFilterFor,
  type TextFilter,
  type Writer,
} from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { secretsOfRun } from '../secrets.ts';
import { type Output, openFileOutput, stdoutOutput } from './output.ts';

/** Shows one answer while it arrives. */
export interface Display {
  delta(delta: ChatDelta): void | Promise<void>;
  /** Called once with the complete answer. */
  done(answer: ChatAnswer): void | Promise<void>;
  /**
   * The last call, also after a failure: ends an open line and waits for slow readers. `accepted`
   * is true for a complete answer that passed its check.
   */
  end(accepted: boolean): Promise<void>;
}

export interface DisplayOptions {
  /** `events` is one JSON object per line. */
  format: 'text' | 'json' | 'events';
  /** Makes the text safe for terminals also in a pipe or a file. */
  sanitize: boolean;
  /** Shows the answer while it arrives, not only at its end. */
  stream: boolean;
  hide_reasoning: boolean;
  /** The answer is JSON of a schema: shows it without a code block around it. */
  unfence: boolean;
  /** Shows only the content of code blocks. */
  extract: boolean;
  /** Renders Markdown if stdout is a terminal; a plain answer is wrapped at words there. */
  markdown: boolean;
  /** Path of a file to write to, undefined for stdout. */
  output: string | undefined;
}

/** @throws StorageError if the output file cannot be written */
export async function openDisplay(context: Context, options: DisplayOptions): Promise<Display> {
  const { output: path, stream, format } = options;
  const output =
    path === undefined
      ? await stdoutOutput(context, { stream, sanitize: options.sanitize })
      : await openFileOutput(context, path);
  if (format !== 'text') return createJsonDisplay(output, format, options.unfence);
  return createTextDisplay(context, options, output, await loadFilter(context, options));
}

/** Characters of a delta that is written in parts. */
const LONG = 65_536;

/** One JSON document at the end, or one JSON object per line. */
function createJsonDisplay(output: Output, format: 'json' | 'events', unfence: boolean): Display {
  const events = format === 'events';
  async function writeParts(value: object): Promise<void> {
    const written = { stringify, indent: events ? 0 : 2 };
    for (const part of jsonParts(value, written)) await output.write(part);
    await output.write('\n');
  }
  function writeLine(delta: ChatDelta): void | Promise<void> {
    const { length } = delta.type === 'tool_call' ? delta.arguments : delta.text;
    return length > LONG ? writeParts(delta) : output.write(`${stringify(delta)}\n`);
  }
  return {
    delta: (delta) => (events ? writeLine(delta) : undefined),
    async done(answer) {
      const content = unfence ? (await loadUnfenced())(answer.content) : answer.content;
      const shown = { ...answer, content, timings: rounded(answer.timings) };
      await writeParts(events ? { type: 'done', ...shown } : shown);
    },
    end: (accepted) => output.end(accepted),
  };
}

/** Rounds to 0.1 ms: more digits are noise. */
function rounded(timings: ChatAnswer['timings']): ChatAnswer['timings'] {
  const round = (ms: number) => Math.round(ms * 10) / 10;
  const { headers, first_token, total } = timings;
  return {
    headers: round(headers),
    first_token: first_token === undefined ? undefined : round(first_token),
    total: round(total),
  };
}

/** The filter that the text of the answer passes through. */
async function loadFilter({ terminal }: Context, options: DisplayOptions): Promise<AnswerFilter> {
  const { extract, markdown, output, sanitize, unfence } = options;
  const onTerminal = output === undefined && terminal.stdout.isTTY === true;
  const safe = safeFilterFor(onTerminal || sanitize);
  if (unfence) return safe;
  if (extract) {
    const { createCodeBlocks } = await import('../../terminal/markdown/code-blocks.ts');
    return chain(safe, createCodeBlocks());
  }
  if (!onTerminal) return safe;
  if (markdown) return chain(safe, createLateMarkdown(terminal));
  const { createWordWrap } = await import('../../terminal/word-wrap.ts');
  return chain(
    safe,
    createWordWrap(() => columnsOf(terminal.stdout)),
  );
}

/** A filter that may have to load something before a text is written to it. */
type AnswerFilter = TextFilter & Partial<Pick<MarkdownFilter, 'prepare'>>;

/** In ms: the request has left by then, also on a busy machine. */
const LOAD_AFTER = 25;

/**
 * Markdown, which takes 40 ms to load: while the model thinks about its answer, at the latest when that
 * begins, and never before the request has left.
 */
function createLateMarkdown({ stdout, env }: Context['terminal']): AnswerFilter {
  let filter: MarkdownFilter | undefined;
  let loading: Promise<void> | undefined;
  const load = () =>
    (loading ??= import('../../terminal/markdown/stream.ts')
      .then(({ loadMarkdown }) => loadMarkdown(stdout, env))
      .then((loaded) => void (filter = loaded)));
  setTimeout(() => void load().catch(() => {}), LOAD_AFTER).unref();
  return {
    prepare: (text) => (filter ? filter.prepare(text) : load().then(() => filter?.prepare(text))),
    write: (text) => filter?.write(text) ?? text,
    end: () => filter?.end() ?? '',
  };
}

async function loadUnfenced(): Promise<(content: string) => string> {
  return (await import('../../core/chat/answer-schema.ts')).unfenced;
}

function chain(first: TextFilter, second: AnswerFilter): AnswerFilter {
  return {
    ...(second.prepare && { prepare: second.prepare }),
    write: (text) => second.write(first.write(text)),
    end: () => second.write(first.end()) + second.end(),
  };
}

/** The text of the answer on the output, the reasoning on stderr. */
function createTextDisplay(
  context: Context,
  { sanitize, hide_reasoning, ...options }: DisplayOptions,
  output: Output,
  filter: AnswerFilter,
): Display {
  const reasoning = createReasoningDisplay(context, sanitize);
  // A lone `</think>` can make reasoning of content that was delivered. What nobody watches waits for
  // the complete answer, which has it in its place.
  const live =
    options.stream && options.output === undefined && !options.extract && !options.unfence;
  const held = new JoinedText();
  let whole: string | undefined;
  let last = '';

  function show(text: string): void | Promise<void> {
    if (text === '') return undefined;
    last = text;
    return output.write(text);
  }

  function pass(text: string): void | Promise<void> {
    const loading = text === '' ? undefined : filter.prepare?.(text);
    if (loading === undefined) return show(filter.write(text));
    return loading.then(() => show(filter.write(text)));
  }

  return {
    delta(delta) {
      if (delta.type === 'reasoning')
        return hide_reasoning ? undefined : reasoning.show(delta.text);
      if (delta.type !== 'content') return undefined;
      if (!live) return held.add(delta.text);
      const closed = reasoning.close();
      return closed === undefined ? pass(delta.text) : closed.then(() => pass(delta.text));
    },
    async done({ content }) {
      if (live) return;
      held.clear();
      // Only a whole answer can be one code block.
      whole = options.unfence ? (await loadUnfenced())(content) : content;
    },
    async end(accepted) {
      await reasoning.close();
      for (const part of whole === undefined ? held.drain() : partsOf(whole)) await pass(part);
      await show(filter.end());
      if (last !== '' && !last.endsWith('\n')) await output.write('\n');
      await output.end(accepted);
    },
  };
}

/** The reasoning of a model, dimmed on stderr. */
interface ReasoningDisplay {
  show(text: string): void | Promise<void>;
  /** Ends the line of the reasoning before something else is shown. Undefined if there is none. */
  close(): Promise<void> | undefined;
}

function createReasoningDisplay(
  { terminal, signal }: Context,
  sanitize: boolean,
): ReasoningDisplay {
  const safe = safeFilterFor(mustSanitize(terminal.stderr, sanitize));
  const filter = secretsOfRun({ terminal }).filter();
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
        const quiet = (shown: string) => paint(shown, 'quiet');
        writer = createWriter(terminal.stderr, { paint: quiet, filter, signal });
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
