import type { ChatAnswer } from '../chat/answer.ts';
import { textOfPart } from '../chat/messages.ts';
import { createChecks } from './checks.ts';
import { createDraw } from './draw.ts';
import { estimate } from './figures.ts';
import type { PlannedModel, ValidationPlan } from './plan.ts';
import { PROBES } from './probes/all.ts';
import type { Question } from './probes/probe.ts';
import type { ProbeName } from './report.ts';
import { modesOf, targetOf } from './validate-model.ts';

/** What a probe of a model would ask. */
export interface DryProbe {
  probe: ProbeName;
  /** Whether it asks all its questions. */
  full: boolean;
  /** The ids of the checks that it makes; those that depend on an answer may be missing. */
  checks: string[];
  /** At least so many. */
  requests: number;
  /** An estimate, prompts and answers together. */
  tokens: number;
}

/** What a run would ask a model, all repeats together. */
export interface DryModel {
  model: string;
  required: boolean;
  probes: DryProbe[];
  requests: number;
  tokens: number;
}

/** Tokens of a short answer, and of one with reasoning: of the models that the probes were tried with. */
const ANSWER_TOKENS = 40;
const REASONING_TOKENS = 400;

/**
 * What a run would ask. The probes run as they would, but every request is counted in place of being
 * sent, and has an empty answer or, where functions are offered, a call of the first.
 */
export async function rehearse(
  { candidates }: ValidationPlan,
  { seed, repeat }: { seed: string; repeat: number },
): Promise<DryModel[]> {
  const models: DryModel[] = [];
  for (const candidate of candidates) {
    const probes: DryProbe[] = [];
    for (const name of candidate.claims) {
      const { requests, tokens, ...probe } = await rehearseProbe(candidate, name, seed);
      probes.push({ ...probe, requests: requests * repeat, tokens: tokens * repeat });
    }
    const { model, required } = candidate;
    const sum = (of: 'requests' | 'tokens') => probes.reduce((all, probe) => all + probe[of], 0);
    models.push({ model, required, probes, requests: sum('requests'), tokens: sum('tokens') });
  }
  return models;
}

async function rehearseProbe(
  candidate: PlannedModel,
  probe: ProbeName,
  seed: string,
): Promise<DryProbe> {
  const { model } = candidate;
  const full = candidate.full.includes(probe);
  const checks = createChecks();
  let requests = 0;
  let tokens = 0;
  const count = (prompt: number, answer: number) => {
    requests += 1;
    tokens += prompt + answer;
  };
  const context = {
    ...checks,
    target: targetOf(candidate),
    full,
    modes: modesOf(candidate),
    draw: createDraw(`${seed} ${model} ${probe} 0`),
    send: async (question: Question, mode: 'streamed' | 'whole') => {
      count(promptTokens(question), probe === 'reasoning' ? REASONING_TOKENS : ANSWER_TOKENS);
      return { mode, answer: emptyAnswer(model, question, mode === 'streamed'), wire: undefined };
    },
    post: async (_: string, body: object) => {
      count(estimate(JSON.stringify(body).length), 0);
      return undefined;
    },
    // A refused request costs no tokens.
    provoke: async () => {
      count(0, 0);
      return undefined;
    },
  };
  await PROBES[probe].run(context);
  return { probe, full, checks: checks.reports().map(({ check }) => check), requests, tokens };
}

/** A picture counts like 300 tokens, which is what small ones cost. */
const PICTURE_TOKENS = 300;

function promptTokens({ messages, parameters = {} }: Question): number {
  const texts = messages.flatMap(({ content }) => (typeof content === 'string' ? [content] : []));
  const parts = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : (content ?? []),
  );
  const pictures = parts.filter(({ type }) => type === 'image_url');
  texts.push(...parts.map((part) => textOfPart(part) ?? ''));
  const fields = JSON.stringify([parameters.tools, parameters.response_format]);
  return estimate(texts.join('\n').length + fields.length) + pictures.length * PICTURE_TOKENS;
}

function emptyAnswer(model: string, { parameters }: Question, streamed: boolean): ChatAnswer {
  const tools = (parameters?.tools ?? []) as { function?: { name?: string } }[];
  const name = tools[0]?.function?.name;
  return {
    model,
    content: '',
    reasoning: '',
    tool_calls: name === undefined ? [] : [{ id: 'call_1', name, arguments: '{}' }],
    finish_reason: name === undefined ? 'stop' : 'tool_calls',
    usage: undefined,
    request_id: undefined,
    endpoint: '',
    streamed,
    chunks: 2,
    timings: { headers: 0, first_token: 0, total: 0 },
  };
}
