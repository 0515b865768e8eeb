import type { ChatAnswer, ChatRequest } from '../../src/core/chat/answer.ts';
import type {
  SendRequest,
  CheckResult,
  Probe,
  ProbeTarget,
} from '../../src/core/validation/probes/probe.ts';
import { answer } from './scripted-chat.ts';

export interface Put {
  finding: CheckResult;
  asked: ChatRequest[];
}

type Reply = string | Partial<ChatAnswer>;

/** Puts a probe to a model whose answers are known, one a request; the last one stays. */
export async function put(
  probe: Probe,
  replies: Reply | readonly Reply[] | ((request: ChatRequest) => Reply),
  subject: Partial<ProbeTarget> = {},
): Promise<Put> {
  const asked: ChatRequest[] = [];
  const ask: SendRequest = async (request, options) => {
    asked.push(request);
    const reply = typeof replies === 'function' ? replies(request) : nth(replies, asked.length - 1);
    const said = typeof reply === 'string' ? answer(reply) : answer(reply.content ?? '', reply);
    await options?.onDelta?.({ type: 'content', text: said.content });
    return said;
  };
  const finding = await probe.run(
    { model: 'a-model', long_tokens: 1000, random: { uniform: () => 0.4 }, ...subject },
    ask,
  );
  return { finding, asked };
}

function nth(replies: Reply | readonly Reply[], index: number): Reply {
  if (!Array.isArray(replies)) return replies as Reply;
  const list = replies as readonly Reply[];
  return list[Math.min(index, list.length - 1)] ?? '';
}

export async function verdict(...args: Parameters<typeof put>): Promise<string> {
  const { finding } = await put(...args);
  return finding.reason ?? finding.verdict;
}
