import type { ChatAnswer } from '../../chat/answer.ts';
import { judgeCalls, markupProblem } from '../checks/calls.ts';
import {
  answerText,
  type Exchange,
  type Mode,
  type Probe,
  type ProbeContext,
  quoteAnswer,
  unlessRefused,
  wrongAnswer,
} from './probe.ts';
import {
  drawForecasts,
  FORECAST,
  type Forecast,
  forecastQuestion,
  forecastsQuestion,
  isForecast,
  shownCall,
  TIMERS,
  TOOLS,
  withTools,
} from './tool-questions.ts';
import { handBack, type Turn } from './tool-results.ts';

/** Does the model call functions as agents need it? */
export const toolsProbe: Probe = {
  name: 'tools',
  short_requests: 1,
  async run(context) {
    const { modes, full } = context;
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const turn = await askForOneCall(context, mode);
      if (!full) return;
      if (turn !== undefined) await handBack(context, mode, turn);
      await askForTwoCalls(context, mode);
      await askForNone(context, mode);
      await askWithChoice(context, mode);
    }
  },
};

async function askForOneCall(context: ProbeContext, mode: Mode): Promise<Turn | undefined> {
  const [forecast] = drawForecasts(context.draw, 1);
  if (forecast === undefined) return undefined;
  const question = forecastQuestion(forecast);
  const exchange = await context.send(withTools(question), mode);
  const problem = callProblem(exchange.answer, forecast);
  context.judge('tools/right-call', problem);
  await judgeForm(context, exchange);
  return problem === undefined ? { question, exchange } : undefined;
}

async function judgeForm(context: ProbeContext, exchange: Exchange, forced = false) {
  context.judge('tools/no-markup', markupProblem(exchange, TOOLS));
  if (exchange.answer.tool_calls.length > 0) {
    await judgeCalls(exchange, TOOLS, context, { forced });
  }
}

function callProblem(answer: ChatAnswer, forecast: Forecast): string | undefined {
  const [call, ...more] = answer.tool_calls;
  if (call === undefined) {
    return `Called no function, but answered ${quoteAnswer(answerText(answer))}`;
  }
  if (more.length > 0) {
    return `Called ${more.length + 1} functions, not one, the first ${shownCall(call)}`;
  }
  if (call.name !== FORECAST) return `Called ${shownCall(call)}, not ${FORECAST}`;
  return isForecast(call.arguments, forecast)
    ? undefined
    : `Called ${shownCall(call)}, not with ${JSON.stringify(forecast)}`;
}

async function askForTwoCalls(context: ProbeContext, mode: Mode): Promise<void> {
  const { draw, send, judge, warn, unsupported } = context;
  const forecasts = drawForecasts(draw, 2);
  // DashScope makes several calls only when it is told to.
  const question = withTools(forecastsQuestion(forecasts), { parallel_tool_calls: true });
  const check = 'tools/two-calls';
  const exchange = await unlessRefused(send(question, mode), (reason) => {
    unsupported(check, `The server refused two calls at once: ${reason}`);
  });
  if (exchange === undefined) return;
  const { tool_calls } = exchange.answer;
  const right = forecasts.filter((forecast) =>
    tool_calls.some((call) => call.name === FORECAST && isForecast(call.arguments, forecast)),
  );
  const said = tool_calls.map(shownCall).join(', ') || quoteAnswer(answerText(exchange.answer));
  if (tool_calls.length === 1 && right.length === 1) {
    warn(check, `Called one function, ${said}, where two calls at once were asked for`);
  } else {
    judge(
      check,
      tool_calls.length === 2 && right.length === 2
        ? undefined
        : `Answered two questions that each need a call with ${said}`,
    );
  }
  await judgeForm(context, exchange);
}

async function askForNone(context: ProbeContext, mode: Mode): Promise<void> {
  const { draw, send, judge, unsupported } = context;
  const plain = plainQuestion(context);
  const needless = await send(withTools(plain), mode);
  const [call] = needless.answer.tool_calls;
  const empty = answerText(needless.answer) === '';
  judge(
    'tools/no-needless-call',
    call !== undefined
      ? `Called ${shownCall(call)} for: ${plain}`
      : empty
        ? wrongAnswer(needless.answer, plain)
        : undefined,
  );
  judge('tools/no-markup', markupProblem(needless, TOOLS));

  const [forecast] = drawForecasts(draw, 1);
  if (forecast === undefined) return;
  const check = 'tools/choice-none';
  const question = withTools(forecastQuestion(forecast), { tool_choice: 'none' });
  const exchange = await unlessRefused(send(question, mode), (reason) => {
    unsupported(check, `The server refused tool_choice none: ${reason}`);
  });
  if (exchange === undefined) return;
  const [forbidden] = exchange.answer.tool_calls;
  judge(check, forbidden && `Called ${shownCall(forbidden)}, although tool_choice was none`);
  judge('tools/no-markup', markupProblem(exchange, TOOLS));
}

function plainQuestion({ draw }: ProbeContext): string {
  const [a, b] = [draw.integer(11, 49), draw.integer(11, 49)];
  return `What is ${a} + ${b}? Answer with the number in digits, then the word "${draw.word()}".`;
}

async function askWithChoice(context: ProbeContext, mode: Mode): Promise<void> {
  const named = { type: 'function', function: { name: TIMERS } };
  const [forecast] = drawForecasts(context.draw, 1);
  if (forecast === undefined) return;
  const questions = [
    ['tools/choice-required', plainQuestion(context), 'required'],
    ['tools/choice-by-name', forecastQuestion(forecast), named],
  ] as const;
  for (const [check, text, tool_choice] of questions) {
    const said = tool_choice === named ? `the function ${TIMERS}` : 'required';
    const exchange = await unlessRefused(
      context.send(withTools(text, { tool_choice }), mode),
      (reason) => context.unsupported(check, `The server refused tool_choice ${said}: ${reason}`),
    );
    if (exchange === undefined) continue;
    const { tool_calls } = exchange.answer;
    const [call] = tool_calls;
    const other =
      tool_choice === named ? tool_calls.find(({ name }) => name !== TIMERS) : undefined;
    context.judge(
      check,
      call === undefined
        ? `Called no function, although tool_choice was ${said}`
        : other && `Called ${shownCall(other)}, although tool_choice was ${said}`,
    );
    await judgeForm(context, exchange, true);
  }
}
