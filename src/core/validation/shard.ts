import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';
import type { Shard } from './report.ts';

const MOST_SHARDS = 1000;

/** Parses `2/5`. @throws UsageError `invalid_shard` */
export function parseShard(text: string): Shard {
  const [, number, count] = /^\s*([1-9]\d{0,3})\s*\/\s*([1-9]\d{0,3})\s*$/.exec(text) ?? [];
  const shard = { number: Number(number), count: Number(count) };
  if (shard.number <= shard.count && shard.count <= MOST_SHARDS) return shard;
  throw new UsageError(`--shard ${text}: expected a part and the number of parts`, {
    code: 'invalid_shard',
    hint: `Write --shard 1/5 to --shard 5/5 for five parts; there are at most ${MOST_SHARDS}.`,
  });
}

/**
 * Whether a model belongs to a shard. Its id alone decides, so that a model stays in its shard when
 * others are added or removed, and every model is in exactly one.
 */
export function isInShard(model: string, { number, count }: Shard): boolean {
  const hash = createHash('sha256').update(model).digest().readUIntBE(0, 6);
  return hash % count === number - 1;
}
