import { emitKeypressEvents, type Key } from 'node:readline';
import type { InputStream } from '../../../terminal/terminal.ts';

/** What the user does at the keyboard. */
export type Stroke =
  | { kind: 'key'; text: string | undefined; key: Key }
  | { kind: 'paste'; text: string };

const CTRL_C = '\u0003';

export interface Keys {
  /** Strokes go to `taker`, first those that waited; it returns false to take no more. */
  give(taker: (stroke: Stroke) => boolean): void;
  /** While nobody takes them, strokes wait. Ctrl-C forgets them and calls this, if it is set. */
  onInterrupt(listener: (() => void) | undefined): void;
  /** Leaves the keyboard to others. */
  close(): void;
}

/**
 * The keyboard between the user and whoever reads a line, so that what is typed while an answer
 * is shown neither gets lost nor into the answer. Node tells keys and the marks around a paste.
 * `onEnd` is called when there is no keyboard any more.
 */
export function openKeys(stdin: InputStream, onEnd: () => void): Keys {
  let taker: ((stroke: Stroke) => boolean) | undefined;
  let interrupted: (() => void) | undefined;
  let waiting: Stroke[] = [];
  let pasted: string[] | undefined;

  function strike(text: string | undefined, key: Key): void {
    // The mark of a paste's end may never come; no terminal pastes a Ctrl-C.
    if (key.sequence === CTRL_C) pasted = undefined;
    if (key.name === 'paste-start') pasted = [];
    else if (key.name === 'paste-end') {
      if (pasted) deliver({ kind: 'paste', text: pasted.join('') });
      pasted = undefined;
    } else if (pasted) pasted.push(key.sequence ?? text ?? '');
    else deliver({ kind: 'key', text, key });
  }

  function deliver(stroke: Stroke): void {
    if (taker) {
      if (!taker(stroke)) taker = undefined;
    } else if (interrupted && isControl(stroke, 'c')) {
      waiting = [];
      interrupted();
    } else waiting.push(stroke);
  }

  emitKeypressEvents(stdin);
  stdin.on('keypress', strike);
  for (const event of ['end', 'error', 'close']) stdin.on(event, onEnd);
  stdin.resume();

  return {
    give(next) {
      taker = next;
      const strokes = waiting;
      waiting = [];
      strokes.forEach(deliver);
    },
    onInterrupt(listener) {
      interrupted = listener;
    },
    close() {
      taker = undefined;
      stdin.off('keypress', strike);
      for (const event of ['end', 'close']) stdin.off(event, onEnd);
      stdin.pause();
    },
  };
}

export function isControl(stroke: Stroke, name: string): boolean {
  return stroke.kind === 'key' && stroke.key.ctrl === true && stroke.key.name === name;
}
