import type { ModelReport } from '../../core/validation/report.ts';
import type { ValidationEvent } from '../../core/validation/run.ts';
import { formatDuration, failureText, verdictCell, wasAsked } from '../../reporters/text.ts';
import { openLiveLines, type Span } from '../../terminal/live.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** What is seen on stderr while the models answer. */
export interface Progress {
  onEvent: (event: ValidationEvent) => void;
  stop: () => void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Milliseconds between two drawings: smooth to the eye, and next to nothing for the CPU. */
const PACE = 100;

interface Row {
  model: string;
  /** On the monotonic clock, in ms. */
  since: number;
  /** The probe that was answered last. */
  probed?: string;
  result?: ModelReport;
}

/** What is on the screen, as data. */
interface Scene {
  rows: Map<string, Row>;
  total: number;
  finished: number;
  /** Until when a rate limit holds up the run, on the monotonic clock. */
  held_until: number;
}

/**
 * A line a model from the moment it is asked, and below them one that counts. When the screen is
 * too low for all of them, the models that have not answered yet come first.
 */
export async function startLiveTable(terminal: Terminal, total: number): Promise<Progress> {
  const { stderr, stdout, env } = terminal;
  const live = await openLiveLines(stderr, env);
  const scene: Scene = { rows: new Map(), total, finished: 0, held_until: 0 };
  let frame = 0;

  function draw(): void {
    live.draw(linesOf(scene, live.room() - 1, performance.now(), frame));
  }

  draw();
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, PACE).unref();
  return {
    onEvent: (event) => update(scene, event, performance.now()),
    stop() {
      clearInterval(timer);
      // Where stdout is the same terminal, it is about to show the whole table.
      const seen = stdout.isTTY === true;
      if (!seen) draw();
      live.stop(seen ? 'erase' : 'keep');
    },
  };
}

function update(scene: Scene, event: ValidationEvent, now: number): void {
  const rowOf = (model: string): Row => scene.rows.get(model) ?? { model, since: now };
  switch (event.type) {
    case 'started':
      scene.rows.set(event.model, rowOf(event.model));
      break;
    case 'probed':
      scene.rows.set(event.model, { ...rowOf(event.model), probed: event.result.probe });
      break;
    case 'finished':
      scene.rows.set(event.result.model, { ...rowOf(event.result.model), result: event.result });
      scene.finished = event.finished;
      break;
    case 'waiting':
      scene.held_until = now + event.ms;
      break;
  }
}

function linesOf(scene: Scene, room: number, now: number, frame: number): Span[][] {
  const rows = visible([...scene.rows.values()], room);
  const width = Math.max(0, ...rows.map(({ model }) => model.length));
  return [...rows.map((row) => line(row, width, now, frame)), count(scene, now)];
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

function count({ total, finished, held_until }: Scene, now: number): Span[] {
  const models = total === 1 ? 'model' : 'models';
  const held = held_until > now ? `; a rate limit holds for ${seconds(held_until - now)}` : '';
  return [{ text: `Asking ${total} ${models}, ${finished} finished${held}`, tone: 'quiet' }];
}

const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`;
