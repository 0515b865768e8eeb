import type { Commands } from './commands.ts';
import type { Sample } from './measure.ts';
import { median, quartiles } from './statistics.ts';

/** One sample of each command of a group, taken one right after the other. */
type Round<Group extends keyof Commands> = Record<keyof Commands[Group], Sample>;

/** All rounds of all groups. */
export type Rounds = { [Group in keyof Commands]: Round<Group>[] };

export interface Figure {
  title: string;
  unit: 'ms' | 'MiB';
  /** Medians, in `unit`. */
  ours: number;
  reference: number;
  /** How `ours` stands to `reference`: a ratio without a unit, or a difference in `unit`. */
  kind: 'ratio' | 'difference';
  /** The median of what each round gave: both sides of a pair saw the same machine. */
  value: number;
  /** Its quartiles: half of the rounds lie between them. */
  spread: [low: number, high: number];
  /** The largest `value` that passes; absent when it only informs. */
  limit?: number;
}

const MIB = 2 ** 20;
/** V8 12 and later start faster. */
const IS_OLD_NODE = process.version.startsWith('v20.');

export function figures(rounds: Rounds): Figure[] {
  const start = figuresOf(rounds.start);
  const stream = figuresOf(rounds.stream);
  const validation = figuresOf(rounds.validation);
  return [
    start({
      title: '--version / node -e 0',
      pair: ({ version, floor }) => [version.wall_ms, floor.wall_ms],
      limit: 1.12,
    }),
    start({
      title: '--help / node -e 0',
      pair: ({ help, floor }) => [help.wall_ms, floor.wall_ms],
      limit: 1.5,
    }),
    start({
      title: 'chat -p hi -s / node -e 0',
      pair: ({ chat, floor }) => [chat.wall_ms, floor.wall_ms],
      limit: IS_OLD_NODE ? 3.3 : 2.8,
    }),
    start({
      title: 'first token: (ours - curl) / node -e 0',
      pair: ({ chat, curl, floor }) => [chat.first_byte_ms - curl.first_byte_ms, floor.wall_ms],
      limit: IS_OLD_NODE ? 2.7 : 2.2,
    }),
    start({
      title: 'first token: (OpenAI SDK - curl) / node -e 0',
      pair: ({ sdk, curl, floor }) => [sdk.first_byte_ms - curl.first_byte_ms, floor.wall_ms],
    }),
    stream({
      title: '200,000 chunks: CPU / OpenAI SDK',
      pair: ({ long, sdk }) => [long.cpu_ms, sdk.cpu_ms],
      limit: 0.16,
    }),
    start({
      title: 'peak memory: chat -p hi -s / node -e 0',
      unit: 'MiB',
      pair: ({ chat, floor }) => [chat.peak_bytes / MIB, floor.peak_bytes / MIB],
      limit: 1.38,
    }),
    stream({
      title: 'peak memory: 200,000 chunks - short chat',
      unit: 'MiB',
      kind: 'difference',
      pair: ({ long, short }) => [long.peak_bytes / MIB, short.peak_bytes / MIB],
      limit: 30,
    }),
    validation({
      title: '20 models of 500 ms: -j 20 / -j 1',
      pair: ({ together, oneByOne }) => [together.wall_ms, oneByOne.wall_ms],
      limit: 0.1,
    }),
  ];
}

interface Definition<R> extends Partial<Pick<Figure, 'unit' | 'kind' | 'limit'>> {
  title: string;
  /** Ours and the reference, from one round. */
  pair: (round: R) => [number, number];
}

function figuresOf<R>(rounds: readonly R[]) {
  return ({ pair, unit = 'ms', kind = 'ratio', ...rest }: Definition<R>): Figure => {
    const pairs = rounds.map(pair);
    const values = pairs.map(([a, b]) => (kind === 'ratio' ? a / b : a - b));
    return {
      ...rest,
      unit,
      kind,
      ours: median(pairs.map(([ours]) => ours)),
      reference: median(pairs.map(([, reference]) => reference)),
      value: median(values),
      spread: quartiles(values),
    };
  };
}

/** A figure that is no number at all is over every limit. */
export function isOver({ value, limit }: Figure): boolean {
  return limit !== undefined && !(value <= limit);
}
