import type { OutputStream } from './terminal.ts';

/** How a text ends that may be the beginning of a workflow command. */
interface Ending {
  /** Whether there is only white space in the last line, or also a colon. */
  lead: 'blank' | 'colon' | 'text';
  /** How many `#` are at the end. */
  hashes: number;
}

/** Removes the workflow commands from a text that comes in pieces. */
export interface CommandFilter {
  write(text: string): string;
  ending(): Ending;
  /** Another output ends so now. It may have ended the line of this one, because both can be one pipe. */
  interrupted(by: Ending): void;
}

/** What the runner ignores at the beginning of a line: .NET's white space, and a byte order mark. */
const BLANK = /[\s\u0085]/;

/**
 * Text in which the runner of GitHub Actions finds no command. It reads lines that end with CR, LF or
 * both, and executes `##[command]` anywhere and `::command::` at the start of a line after white space
 * (actions/runner, ActionCommand.cs). A space is put into both. Nothing is withheld, so that the
 * pieces of a stream appear at once.
 */
export function createCommandFilter(): CommandFilter {
  let lead: Ending['lead'] = 'blank';
  let hashes = 0;

  function step(character: string): string {
    const breaks = (character === ':' && lead === 'colon') || (character === '[' && hashes >= 2);
    hashes = character === '#' ? hashes + 1 : 0;
    if (character === '\n' || character === '\r') lead = 'blank';
    // After a colon that was moved away from another one, a third one is moved too.
    else if (character === ':' && lead !== 'text') lead = 'colon';
    else if (lead !== 'text') lead = BLANK.test(character) ? 'blank' : 'text';
    return breaks ? ` ${character}` : character;
  }

  return {
    write(text) {
      let safe = '';
      for (let at = 0; at < text.length; at += 1) {
        // The rest of a line cannot begin a command, only `##[` can.
        const end = lead === 'text' && hashes === 0 ? nextOf(text, at) : at;
        safe += text.slice(at, end);
        at = end;
        if (at < text.length) safe += step(text.charAt(at));
      }
      return safe;
    },
    ending: () => ({ lead, hashes }),
    interrupted(by) {
      if (by.lead === 'colon') lead = 'colon';
      else if (lead === 'text') lead = 'blank';
      hashes += by.hashes;
    },
  };
}

/** The next character that can change the state within a line. */
function nextOf(text: string, from: number): number {
  NEXT.lastIndex = from;
  return NEXT.exec(text)?.index ?? text.length;
}
const NEXT = /[#\r\n]/g;

const UNGUARDED = new WeakMap<OutputStream, OutputStream>();

/**
 * From now on no text that is written to these streams is a workflow command, whoever writes it: a
 * server could give the runner commands in the name of a model or in an error.
 */
export function guardOutputs(streams: readonly OutputStream[]): void {
  const filters = new Map(streams.map((stream) => [stream, createCommandFilter()]));
  for (const [stream, filter] of filters) {
    const write = stream.write.bind(stream) as (text: unknown, ...rest: unknown[]) => boolean;
    UNGUARDED.set(stream, withWrite(stream, write));
    stream.write = ((text: unknown, ...rest: unknown[]) => {
      if (typeof text !== 'string' || text === '') return write(text, ...rest);
      const safe = filter.write(text);
      for (const other of filters.values()) {
        if (other !== filter) other.interrupted(filter.ending());
      }
      return write(safe, ...rest);
    }) as OutputStream['write'];
  }
}

/** The stream without its guard: for commands of our own, and for text that no runner reads. */
export function unguarded(stream: OutputStream): OutputStream {
  return UNGUARDED.get(stream) ?? stream;
}

function withWrite(stream: OutputStream, write: unknown): OutputStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
