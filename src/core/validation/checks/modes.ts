import type { ChatAnswer } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { isFields } from '../../json.ts';
import type { Checks } from '../checks.ts';
import type { Exchange, Question } from '../probes/probe.ts';
import { isBlank } from './sent.ts';

/**
 * Compares answers to questions of the same form that were asked in both modes: the finish reason, the
 * calls, the kind of content, and whether a usage comes. Returns a function that takes each exchange.
 */
export function createModeComparison(
  checks: Checks,
): (question: Question, exchange: Exchange) => void {
  const waiting = new Map<string, Exchange[]>();
  return (question, exchange) => {
    const form = formOf(question);
    const others = waiting.get(form) ?? [];
    const at = others.findIndex(({ mode }) => mode !== exchange.mode);
    const [other] = at === -1 ? [] : others.splice(at, 1);
    waiting.set(form, other === undefined ? [...others, exchange] : others);
    if (other === undefined) return;
    const pair = [other.answer, exchange.answer] as const;
    const [streamed, whole] = other.mode === 'streamed' ? pair : pair.toReversed();
    // With `required`, any function is right.
    const { tool_choice, enable_thinking } = question.parameters ?? {};
    if (streamed && whole) {
      compare(streamed, whole, checks, tool_choice === 'required', enable_thinking === true);
    }
  };
}

/** The questions of one probe are drawn, so that they differ in their texts. */
function formOf({ messages, parameters = {} }: Question): string {
  const named = Object.entries(parameters).map(([name, value]) => {
    if (isFields(value)) return [name, value.type];
    return [name, Array.isArray(value) ? value.length : value];
  });
  return JSON.stringify([messages.map(({ role }) => role), named]);
}

function compare(
  streamed: ChatAnswer,
  whole: ChatAnswer,
  checks: Checks,
  free: boolean,
  thinking: boolean,
): void {
  const differ = (one: string, other: string) => `${one} when streamed, but ${other} when whole`;

  const reasons = [streamed, whole].map((answer) => answer.finish_reason ?? '(none)');
  const ended = `Ended with the finish_reason ${differ(reasons[0] ?? '', reasons[1] ?? '')}`;
  if (endingOf(streamed.finish_reason) !== endingOf(whole.finish_reason)) {
    checks.fail('modes/finish-reason', ended);
  } else if (reasons[0] === reasons[1]) checks.pass('modes/finish-reason');
  else checks.warn('modes/finish-reason', ended);

  const calls = [streamed, whole].map(calledNames);
  checks.judge(
    'modes/calls',
    free || calls[0] === calls[1] ? undefined : `Called ${differ(calls[0] ?? '', calls[1] ?? '')}`,
  );

  const kinds = [streamed, whole].map(kindOf);
  checks.judge(
    'modes/content',
    kinds[0] === kinds[1] ? undefined : `Sent ${differ(kinds[0] ?? '', kinds[1] ?? '')}`,
  );

  const thoughts = [streamed, whole].map(({ reasoning }) =>
    isBlank(reasoning) ? 'no reasoning' : 'reasoning',
  );
  // A model that was not told to think may decide each time.
  if (thoughts[0] === thoughts[1]) checks.pass('modes/reasoning');
  else
    checks[thinking ? 'fail' : 'warn'](
      'modes/reasoning',
      `Sent ${differ(thoughts[0] ?? '', thoughts[1] ?? '')}`,
    );

  const usages = [streamed, whole].map(({ usage }) => (usage === undefined ? 'no usage' : 'one'));
  if (usages[0] === usages[1]) checks.pass('modes/usage');
  else checks.warn('modes/usage', `Sent ${differ(usages[0] ?? '', usages[1] ?? '')}`);
}

function calledNames({ tool_calls }: ChatAnswer): string {
  const names = tool_calls.map(({ name }) => name).toSorted();
  return names.length === 0 ? 'no function' : names.join(', ');
}

/** Text beside calls is neither right nor wrong. */
function kindOf({ content, refusal, tool_calls }: ChatAnswer): string {
  if (tool_calls.length > 0) return 'calls';
  if (refusal !== undefined && refusal !== '') return 'a refusal';
  return content.trim() === '' ? 'no text' : 'text';
}
