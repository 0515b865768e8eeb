import type { ModelReport } from '../../core/validation/report.ts';
import type { ValidationEvent } from '../../core/validation/run.ts';
import {
  formatDuration,
  failureText,
  verdictCell,
  wasAsked,
} from '../../reporters/verdict-text.ts';
import { openLiveLines, type Span } from '../../terminal/live.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** Shows the progress of a run on stderr. */
export interface Progress {
  onEvent: (event: ValidationEvent) => void;
  stop: () => void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Milliseconds between two drawings. */
const PACE = 100;

interface Row {
  model: string;
  /** On the monotonic clock, in ms. */
  since: number;
  /** The last probe that finished. */
  probed?: string;
  result?: ModelReport;
}

/** The state that the table shows. */
interface TableState {
  rows: Map<string, Row>;
  total: number;
  finished: number;
  /** When the pause for a rate limit ends, on the monotonic clock, in milliseconds. */
  paused_until: number;
}

/**
 * Shows one line for each model from the start of its test, and a line with counts below. When the
 * screen has too few rows, models whose test goes on come first.
 */
export async function startLiveTable(terminal: Terminal, total: number): Promise<Progress> {
  const { stderr, stdout, env } = terminal;
  const live = await openLiveLines(stderr, env);
  const state: TableState = { rows: new Map(), total, finished: 0, paused_until: 0 };
  let frame = 0;

  function draw(): void {
    live.draw(linesOf(state, live.rows() - 1, performance.now(), frame));
  }

  draw();
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, PACE).unref();
  return {
    onEvent: (event) => update(state, event, performance.now()),
    stop() {
      clearInterval(timer);
      // If stdout is a terminal too, the final table appears there.
      const seen = stdout.isTTY === true;
      if (!seen) draw();
      live.stop(seen ? 'erase' : 'keep');
    },
  };
}

function update(state: TableState, event: ValidationEvent, now: number): void {
  const rowOf = (model: string): Row => state.rows.get(model) ?? { model, since: now };
  switch (event.type) {
    case 'started':
      state.rows.set(event.model, rowOf(event.model));
      break;
    case 'probed':
      state.rows.set(event.model, { ...rowOf(event.model), probed: event.result.probe });
      break;
    case 'finished':
      state.rows.set(event.result.model, { ...rowOf(event.result.model), result: event.result });
      state.finished = event.finished;
      break;
    case 'waiting':
      state.paused_until = now + event.ms;
      break;
  }
}

function linesOf(state: TableState, room: number, now: number, frame: number): Span[][] {
  const rows = visible([...state.rows.values()], room);
  const width = Math.max(0, ...rows.map(({ model }) => model.length));
  return [...rows.map((row) => line(row, width, now, frame)), count(state, now)];
}

function visible(rows: Row[], room: number): Row[] {
  if (rows.length <= room) return rows;
  const running = rows.filter(({ result }) => result === undefined).slice(0, room);
  const done = rows.filter(({ result }) => result !== undefined);
  const kept = new Set([...running, ...done.slice(done.length - (room - running.length))]);
  return rows.filter((row) => kept.has(row));
}

function line({ model, since, probed, result }: Row, width: number, now: number, frame: number) {
  const name = { text: ` ${model.padEnd(width)}  ` };
  if (result === undefined) {
    const glyph = FRAMES[frame % FRAMES.length] ?? '';
    const state = [seconds(now - since), ...(probed === undefined ? [] : [`after ${probed}`])];
    return [{ text: glyph }, name, { text: state.join(', '), tone: 'quiet' }] satisfies Span[];
  }
  const { glyph = '', text, tone } = verdictCell(result);
  return [
    { text: glyph, tone },
    name,
    { text: text.padEnd('unavailable'.length), tone },
    { text: wasAsked(result) ? `  ${formatDuration(result.latency_ms)}  ` : '  ' },
    { text: failureText(result), tone: 'quiet' },
  ] satisfies Span[];
}

function count({ total, finished, paused_until }: TableState, now: number): Span[] {
  const models = total === 1 ? 'model' : 'models';
  const held = paused_until > now ? `; a rate limit holds for ${seconds(paused_until - now)}` : '';
  return [{ text: `Asking ${total} ${models}, ${finished} finished${held}`, tone: 'quiet' }];
}

const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`;
