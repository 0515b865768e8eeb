import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { prepareToWrite } from '../../core/files/user-output.ts';
import { StorageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { secretsOfRun } from '../secrets.ts';
import { harEntry } from './har.ts';
import type { Exchange, Watcher } from './exchange.ts';

/** Milliseconds between two writes of the events of a stream. */
const EVENTS_EVERY = 1000;

/**
 * Opens the file of `--trace-har`. It is whole after every write, so that it is also there when the
 * command fails, is interrupted or killed: the exchanges in flight are its end, which is written again.
 * @throws StorageError `file_not_written`
 */
export async function openHarFile(context: Context, path: string): Promise<Watcher> {
  await prepareToWrite(path);
  const { clock, version } = context;
  const known = secretsOfRun(context);
  const file = open(path);
  const creator = { name: 'qwen-demo', version };
  const head = JSON.stringify({ log: { version: '1.2', creator, entries: [] } }).slice(0, -3);
  const running = new Map<number, Exchange>();
  let length = 0;
  let first = true;
  let written_at = clock.monotonic();
  let broken = false;

  const append = (text: string) => {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length;) {
      from += writeSync(file, bytes, from, bytes.length - from, length + from);
    }
    return bytes.length;
  };
  const entryOf = (exchange: Exchange) =>
    JSON.stringify(harEntry(exchange, known, clock.monotonic()));
  const write = (ended?: Exchange) => {
    if (broken) return;
    try {
      if (ended) {
        length += append(`${first ? '' : ','}\n${entryOf(ended)}`);
        first = false;
      }
      const rest = [...running.values()].map(entryOf).join(',\n');
      const separator = rest === '' || first ? '' : ',';
      ftruncateSync(file, length + append(`${separator}\n${rest}]}}\n`));
      written_at = clock.monotonic();
    } catch (error) {
      broken = true;
      notice(context, `Cannot write to ${path} any more: ${(error as Error).message}`);
    }
  };

  try {
    length = append(head);
    write();
  } catch (error) {
    closeSync(file);
    throw notWritten(path, error);
  }
  return {
    begin(exchange) {
      running.set(exchange.number, exchange);
      write();
    },
    head: () => write(),
    event() {
      if (clock.monotonic() - written_at >= EVENTS_EVERY) write();
    },
    end(exchange) {
      running.delete(exchange.number);
      write(exchange);
    },
  };
}

/** Opens a regular file for its owner alone. */
function open(path: string): number {
  let file: number | undefined;
  try {
    file = openSync(path, 'a+', 0o600);
    if (!fstatSync(file).isFile()) throw new Error('it is not a regular file');
    closeSync(file);
    file = openSync(path, 'r+');
    fchmodSync(file, 0o600);
    ftruncateSync(file);
    return file;
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw notWritten(path, error);
  }
}

function notWritten(path: string, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`Cannot write ${path}: ${why}`, {
    code: 'file_not_written',
    hint: 'Name a regular file that you may write: --trace-har trace.har',
    cause,
  });
}
