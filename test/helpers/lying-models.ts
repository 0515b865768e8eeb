import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  type ChatCompletionRequest,
  parseChatRequest,
} from '../../src/sandbox/api/chat-request.ts';
import {
  countUsage,
  streamedCompletion,
  wholeCompletion,
} from '../../src/sandbox/api/completion.ts';
import { answer, type ModelAnswer } from '../../src/sandbox/model/answers.ts';
import { type JudgedReport } from '../../src/core/validation/judge.ts';
import type { CheckReport } from '../../src/core/validation/report.ts';
import { commandLine } from './command-line.ts';
import { bodyOf, loopback } from './loopback.ts';
import { temporaryFolder } from './real-world.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a lie changes is the JSON of a server
export type Json = any;

/** How a model differs from one that answers well: in its answers, or in what goes over the network. */
export interface Lie {
  /** Changes the request before the model reads it. */
  asked?: (request: ChatCompletionRequest, body: Json) => Partial<ChatCompletionRequest>;
  /** Changes the answer, for both modes. */
  answer?: (
    answer: ModelAnswer,
    request: ChatCompletionRequest,
    body: Json,
  ) => Partial<ModelAnswer>;
  /** Changes the chunks of a stream. */
  chunks?: (chunks: Json[], body: Json) => Json[];
  /** Changes the document of a whole answer. */
  document?: (document: Json, body: Json) => Json;
  /** Changes the text of a stream, or of a document. */
  text?: (text: string, stream: boolean) => string;
  /** Changes the bytes of both. */
  bytes?: (bytes: Buffer) => Buffer;
  content_type?: (stream: boolean) => string | undefined;
  status?: number;
  /** Answers in another mode than the one asked for. */
  mode?: boolean;
  /** Refuses the request with this message. */
  refuses?: (body: Json) => string | undefined;
  /** Of a refusal; 400 without one. */
  refusal_status?: number;
}

function respond(text: string, lie: Lie, response: ServerResponse): void {
  const body: Json = JSON.parse(text);
  const refused = lie.refuses?.(body);
  if (refused !== undefined) {
    response.writeHead(lie.refusal_status ?? 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: refused, type: 'invalid_request_error' } }));
    return;
  }
  const seeing = text.includes('image_url') ? 'vision-model' : 'coder-model';
  // The sandbox thinks in a stream only.
  const streamed = { ...body, model: seeing, stream: true };
  const known = { ...parseChatRequest(JSON.stringify(streamed)), stream: body.stream === true };
  const request = { ...known, ...lie.asked?.(known, body) };
  const honest = answer(request);
  const given = { ...honest, ...lie.answer?.(honest, request, body) };
  const stream = lie.mode ?? request.stream;
  const usage = countUsage(request, given);
  const completion = { id: 'chatcmpl-1', created: 1_764_000_000, model: body.model, answer: given };
  const sent = stream
    ? streamText([...streamedCompletion(completion, usage)], lie, body)
    : documentText(wholeCompletion(completion, usage), lie, body);
  const bytes = Buffer.from(lie.text?.(sent, stream) ?? sent);
  const usual = stream ? 'text/event-stream; charset=utf-8' : 'application/json';
  const type = lie.content_type === undefined ? usual : lie.content_type(stream);
  response.writeHead(lie.status ?? 200, type === undefined ? {} : { 'content-type': type });
  response.end(lie.bytes?.(bytes) ?? bytes);
}

function streamText(parts: readonly unknown[], lie: Lie, body: Json): string {
  const chunks = structuredClone(parts.filter((part) => typeof part !== 'string'));
  const told = lie.chunks?.(chunks, body) ?? chunks;
  return [...told.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
}

function documentText(document: unknown, lie: Lie, body: Json): string {
  return JSON.stringify(lie.document?.(structuredClone(document), body) ?? document);
}

/** Finds what the short run of one probe finds: one request for most probes. */
export function judgedShort(lies: Readonly<Record<string, Lie>>, probe: string) {
  const models = Object.keys(lies).map((model) => ({ model, probes: [probe] }));
  return judgedBy(lies, ({ at, write }) => {
    write('models.json', JSON.stringify({ models }));
    return ['--file', at('models.json')];
  });
}

/** Finds what validate-models finds of models that lie like this. */
export function judged(lies: Readonly<Record<string, Lie>>, ...args: string[]) {
  return judgedBy(lies, () => ['-m', Object.keys(lies).join(), ...args]);
}

/** Over real sockets, and with one server for all. */
async function judgedBy(
  lies: Readonly<Record<string, Lie>>,
  argsIn: (home: {
    at: (name: string) => string;
    write: (name: string, text: string) => void;
  }) => string[],
) {
  await using api = await loopback((request, response) => {
    void bodyOf(request).then((text) => {
      // An endpoint without a list of models.
      if (request.method === 'GET') return void response.writeHead(404).end();
      const { model } = JSON.parse(text) as { model: string };
      try {
        respond(text, lies[model] ?? {}, response);
      } catch (error) {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: String(error) } }));
      }
    });
  });
  await using home = await temporaryFolder();
  const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: home.path };
  const { run, stdout } = commandLine({ env });
  const at = (name: string) => join(home.path, name);
  const args = argsIn({ at, write: (name, text) => writeFileSync(at(name), text) });
  await run('validate-models', '--json', '-j32', '--seed=lies', ...args);
  const report = JSON.parse(stdout()) as JudgedReport;
  return (name: string) => {
    const found = report.models.find(({ model }) => model === name);
    const checks = (found?.probes ?? []).flatMap((probe): CheckReport[] => probe.checks);
    return {
      verdict: found?.verdict,
      reason: found?.reason,
      /** The checks that did not pass: `wire/done: warn`. */
      findings: checks
        .filter(({ verdict }) => verdict !== 'pass')
        .map(({ check, verdict }) => `${check}: ${verdict}`),
    };
  };
}
