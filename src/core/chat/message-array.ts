import * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import { describeIssue } from '../json-file.ts';
import { excessOf, jsonOrUndefined } from '../json.ts';
import type { ChatMessage } from './messages.ts';

const messagesSchema = z
  .array(
    z.looseObject({
      role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
      content: z.optional(
        z.nullable(z.union([z.string(), z.array(z.looseObject({ type: z.string() }))])),
      ),
    }),
  )
  .check(z.minLength(1));

/**
 * Reads an OpenAI message array that a user wrote. Unknown fields and unknown types of parts are sent
 * unchanged. `source` names the text in errors, for example by its path.
 * @throws UsageError `invalid_messages`
 */
export function parseMessageArray(text: string, source: string): ChatMessage[] {
  const refuse = (what: string) =>
    new UsageError(`${source} ${what}`, {
      code: 'invalid_messages',
      hint: 'Write an OpenAI message array: [{"role": "user", "content": "hello"}]',
    });
  const excess = excessOf(text);
  if (excess !== undefined) throw refuse(`is no message array: ${excess}`);
  const value = jsonOrUndefined(text);
  if (value === undefined) throw refuse('is not JSON');
  const parsed = messagesSchema.safeParse(value);
  if (parsed.success) return parsed.data as ChatMessage[];
  const [issue] = parsed.error.issues.flatMap((one) => describeIssue(one, value));
  throw refuse(`is no message array: ${issue}`);
}
