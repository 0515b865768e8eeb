import type { ChatAnswer } from '../../src/core/chat/answer.ts';
import { createChecks, worstOf } from '../../src/core/validation/checks.ts';
import { checkFresh } from '../../src/core/validation/checks/fresh.ts';
import { createDraw } from '../../src/core/validation/draw.ts';
import type {
  Mode,
  Probe,
  ProbeContext,
  ProbeTarget,
  Question,
} from '../../src/core/validation/probes/probe.ts';
import type { CheckReport, CheckVerdict } from '../../src/core/validation/report.ts';
import { answer } from './scripted-chat.ts';

export type Asked = Question & { mode: Mode };

export interface Judged {
  /** The worst check. */
  finding: { verdict: CheckVerdict; reason: string | undefined };
  checks: CheckReport[];
  asked: Asked[];
}

type Reply = string | Error | Partial<ChatAnswer>;

/** What is different from a full run, streamed only. */
interface JudgeOptions extends Partial<ProbeTarget>, Partial<Pick<ProbeContext, 'full' | 'modes'>> {
  seed?: string;
  post?: ProbeContext['post'];
}

const nothing = () => Promise.reject(new Error('Nothing is posted in this test'));

/** Runs a probe on a model whose answers are known, one a request; the last one stays. */
export async function judgeProbe(
  probe: Probe,
  replies: Reply | readonly Reply[] | ((question: Asked) => Reply),
  {
    seed = 'a-seed',
    full = true,
    modes = ['streamed'],
    post = nothing,
    ...target
  }: JudgeOptions = {},
): Promise<Judged> {
  const asked: Asked[] = [];
  const checks = createChecks();
  await probe.run({
    ...checks,
    target: {
      model: 'a-model',
      long_tokens: 1000,
      window: undefined,
      dialect: {},
      own: [],
      ...target,
    },
    full,
    modes,
    draw: createDraw(seed),
    post,
    provoke: async () => undefined,
    async send(question, mode) {
      const sent = { ...question, mode };
      asked.push(sent);
      const reply = typeof replies === 'function' ? replies(sent) : nth(replies, asked.length - 1);
      if (reply instanceof Error) throw reply;
      const said = typeof reply === 'string' ? answer(reply) : answer(reply.content ?? '', reply);
      checkFresh(checks, probe.name, question, said);
      return { mode, answer: said, wire: undefined };
    },
  });
  return { finding: worstOf(checks.reports()), checks: checks.reports(), asked };
}

function nth(replies: Reply | readonly Reply[], index: number): Reply {
  if (!Array.isArray(replies)) return replies as Reply;
  const list = replies as readonly Reply[];
  return list[Math.min(index, list.length - 1)] ?? '';
}

/** The reason of the worst check, or `pass`. */
export async function verdict(...args: Parameters<typeof judgeProbe>): Promise<string> {
  const { finding } = await judgeProbe(...args);
  return finding.reason ?? finding.verdict;
}
