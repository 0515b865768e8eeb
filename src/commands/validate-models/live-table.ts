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

/** A model whose test goes on. */
interface RunningRow {
  kind: 'running';
  model: string;
  /** On the monotonic clock, in milliseconds. */
  since: number;
  /** The probe that finished last; undefined until one has finished. */
  last_probe: string | undefined;
}

interface FinishedRow {
  kind: 'finished';
  model: string;
  result: ModelReport;
}

type Row = RunningRow | FinishedRow;

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
  const { rows } = state;
  switch (event.type) {
    case 'started': {
      const { model } = event;
      rows.set(model, { kind: 'running', model, since: now, last_probe: undefined });
      break;
    }
    case 'probed': {
      const row = rows.get(event.model);
      if (row?.kind === 'running') row.last_probe = event.result.probe;
      break;
    }
    case 'finished': {
      const { model } = event.result;
      rows.set(model, { kind: 'finished', model, result: event.result });
      state.finished = event.finished;
      break;
    }
    case 'waiting':
      state.paused_until = now + event.ms;
      break;
  }
}

function linesOf(state: TableState, max_rows: number, now: number, frame: number): Span[][] {
  const rows = visible([...state.rows.values()], max_rows);
  const width = Math.max(0, ...rows.map(({ model }) => model.length));
  return [...rows.map((row) => line(row, width, now, frame)), count(state, now)];
}

/** At most `max_rows` rows: those of running models, then the last of the finished ones. */
function visible(rows: Row[], max_rows: number): Row[] {
  if (rows.length <= max_rows) return rows;
  const running = rows.filter(({ kind }) => kind === 'running').slice(0, max_rows);
  const finished = rows.filter(({ kind }) => kind === 'finished');
  const latest = finished.slice(finished.length - (max_rows - running.length));
  const shown = new Set([...running, ...latest]);
  return rows.filter((row) => shown.has(row));
}

function line(row: Row, width: number, now: number, frame: number): Span[] {
  const name = { text: ` ${row.model.padEnd(width)}  ` };
  if (row.kind === 'running') {
    const { since, last_probe } = row;
    const glyph = FRAMES[frame % FRAMES.length] ?? '';
    const progress = last_probe === undefined ? '' : `, after ${last_probe}`;
    return [{ text: glyph }, name, { text: seconds(now - since) + progress, tone: 'quiet' }];
  }
  const { result } = row;
  const { glyph = '', text, tone } = verdictCell(result);
  return [
    { text: glyph, tone },
    name,
    { text: text.padEnd('unavailable'.length), tone },
    { text: wasAsked(result) ? `  ${formatDuration(result.latency_ms)}  ` : '  ' },
    { text: failureText(result), tone: 'quiet' },
  ];
}

function count({ total, finished, paused_until }: TableState, now: number): Span[] {
  const models = total === 1 ? 'model' : 'models';
  const pause = paused_until > now ? `; a rate limit holds for ${seconds(paused_until - now)}` : '';
  return [{ text: `Asking ${total} ${models}, ${finished} finished${pause}`, tone: 'quiet' }];
}

const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`;
