import type { ChatAnswer } from '../../chat/answer.ts';
import { textOfPart } from '../../chat/messages.ts';
import type { Checks } from '../checks.ts';
import { answerText, quoteAnswer, type Question } from '../probes/probe.ts';
import type { ProbeName } from '../report.ts';
import { foreignWord } from '../words.ts';

/** `PROBE/fresh`: an answer that holds a word of another question was not made for this one. */
export function checkFresh(
  { judge }: Pick<Checks, 'judge'>,
  probe: ProbeName,
  question: Question,
  answer: ChatAnswer,
): void {
  // The answer to a question of the user's own may hold any word.
  if (probe === 'own') return;
  const text = answerText(answer);
  const calls = answer.tool_calls.map((call) => call.arguments);
  const word = foreignWord([text, ...calls].join(' '), textOf(question));
  const reason = `Answered ${quoteAnswer(text)}; only another question asks for "${word}", so a cache answered`;
  judge(`${probe}/fresh`, word === undefined ? undefined : reason);
}

function textOf({ messages, parameters }: Question): string {
  const texts = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [content] : (content ?? []).map((part) => textOfPart(part) ?? ''),
  );
  return [...texts, JSON.stringify(parameters ?? {})].join('\n');
}
