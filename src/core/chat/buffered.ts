import * as z from 'zod/mini';
import { reportedError } from '../api/refusal.ts';
import { wireErrorOf, wireErrorOfText } from '../api/wire-error.ts';
import { given } from '../given.ts';
import { readText } from '../http/body.ts';
import { jsonOrUndefined } from '../json.ts';
import type { Assembled } from './assembly.ts';
import {
  contentText,
  finishReason,
  reasoningText,
  toolCallPieces,
  usageOf,
  answerOf,
  malformed,
} from './chunk.ts';
import type { Incoming } from './incoming.ts';
import { createToolCalls } from './tool-calls.ts';

const nullish = <T extends z.ZodMiniType>(type: T) => z.optional(z.nullable(type));

const answerSchema = z.object({
  id: nullish(z.string()),
  model: nullish(z.string()),
  choices: z
    .array(
      z.object({
        message: z.looseObject({
          content: nullish(z.union([z.string(), z.array(z.unknown())])),
          tool_calls: nullish(z.array(z.unknown())),
        }),
        finish_reason: nullish(z.string()),
      }),
    )
    .check(z.minLength(1)),
  usage: z.optional(z.unknown()),
});

/**
 * Reads an answer that is one JSON document. Delivers its reasoning and its content as one delta each,
 * and each tool call as one.
 * @throws ProtocolError `malformed_answer`
 * @throws AuthError, ApiError, QuotaError for an error that the server reports in the answer
 */
export async function readBuffered(incoming: Incoming): Promise<Assembled> {
  const { response, context, deliver } = incoming;
  const { host } = response;
  const text = await readText(response);
  const value = answerOf(host, () => valueOf(text));
  const error = wireErrorOf(value);
  if (error) throw reportedError(error, response, context);

  const answer = answerOf(host, () => assemble(value));
  if (answer.finish_reason === 'error_finish') {
    throw reportedError(wireErrorOfText(answer.content), response, context);
  }
  if (answer.reasoning !== '') await deliver({ type: 'reasoning', text: answer.reasoning });
  if (answer.content !== '') await deliver({ type: 'content', text: answer.content });
  for (const [index, { id, name, arguments: args }] of answer.tool_calls.entries()) {
    await deliver(given({ type: 'tool_call' as const, index, id, name, arguments: args }));
  }
  return answer;
}

function valueOf(text: string): unknown {
  if (text.trim() === '') throw malformed('is empty');
  const value = jsonOrUndefined(text);
  if (value === undefined) throw malformed('is not JSON');
  return value;
}

function assemble(value: unknown): Assembled {
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('.') ?? '';
    throw malformed(`is no chat completion (${path === '' ? 'not an object' : `at ${path}`})`);
  }
  const { choices, id, model, usage } = parsed.data;
  const [choice] = choices;
  if (choice === undefined) throw malformed('has no choice');
  const { message, finish_reason } = choice;
  const tools = createToolCalls();
  for (const piece of toolCallPieces(message.tool_calls ?? [])) tools.add(piece);
  return {
    content: contentText(message.content),
    reasoning: reasoningText(message),
    tool_calls: tools.calls,
    finish_reason: finishReason(finish_reason),
    usage: usageOf(usage),
    model: model ?? undefined,
    id: id ?? undefined,
    chunks: 1,
    has_choice: true,
  };
}
