import { systemClock } from '../clock.ts';
import type { Clock, Random } from '../core/ports.ts';
import type { FetchLike } from './transport.ts';

/** What the functions of the library use of the world. Each has a default. */
export interface Ports {
  /** Sends the requests. Default: undici, with the time-outs of the program and no proxy. */
  transport?: FetchLike | undefined;
  /** Default: the clock of this machine. */
  clock?: Clock | undefined;
}

export const systemRandom: Random = {
  bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
  uuid: () => crypto.randomUUID(),
  uniform: () => Math.random(),
};

export { systemClock };
