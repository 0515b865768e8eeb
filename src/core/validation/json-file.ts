import type * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import { parseJson } from '../json.ts';

/**
 * Parses and checks JSON that a person may have written. A byte order mark is dropped.
 * @param path of the file, for messages
 * @param what the file should be, for messages
 * @throws UsageError `invalid_file`, which names the file and the field
 */
export function parseJsonFile<Schema extends z.ZodMiniType>(
  schema: Schema,
  text: string,
  path: string,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(parse(text, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = (issue?.path ?? []).map(step).join('').replace(/^\./, '');
  const where = place === '' ? '' : `${place}: `;
  throw new UsageError(`${path} is not ${what}: ${where}${wordsOf(issue)}`, {
    code: 'invalid_file',
  });
}

function parse(text: string, path: string): unknown {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new UsageError(`${path} is not JSON: ${(cause as Error).message}`, {
      code: 'invalid_file',
      cause,
    });
  }
}

const step = (key: PropertyKey) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);

/** zod/mini has no messages of its own. */
function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return `expected ${issue.expected}`;
  if (issue?.code === 'unrecognized_keys') return `unknown field ${issue.keys.join(', ')}`;
  if (issue?.code === 'invalid_value') return `expected ${issue.values.join(' or ')}`;
  if (issue?.code === 'invalid_format') return `expected ${WORDS[issue.format] ?? issue.message}`;
  if (issue?.code === 'too_small') {
    return typeof issue.minimum === 'number' && issue.minimum > 1
      ? `must be at least ${issue.minimum}`
      : 'is too small or empty';
  }
  if (issue?.code === 'too_big') return `must be at most ${issue.maximum}`;
  return 'is not what it should be';
}

const WORDS: Readonly<Record<string, string>> = { date: 'a date such as 2026-12-31' };
