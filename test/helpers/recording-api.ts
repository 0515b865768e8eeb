import type { ChatMessage } from '../../src/core/chat/messages.ts';
import { bodyOf, loopback, type Loopback } from './loopback.ts';
import type { Behaviour } from './model-api.ts';

export interface AskedBody {
  model: string;
  messages: ChatMessage[];
  [field: string]: unknown;
}

/** An API that gives these answers one after the other, the last one again and again. */
export interface RecordingApi extends Loopback {
  /** The bodies of all questions, parsed. */
  asked: AskedBody[];
  /** What leads the program there. */
  env: Record<string, string>;
}

export async function recordingApi(...answers: Behaviour[]): Promise<RecordingApi> {
  const asked: RecordingApi['asked'] = [];
  const server = await loopback((request, response) => {
    // It has no list of models, which a run asks for and can do without.
    if (request.method === 'GET') return void response.writeHead(404).end();
    void bodyOf(request).then((body) => {
      asked.push(JSON.parse(body) as AskedBody);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      answer?.(response);
    });
  });
  return { ...server, asked, env: { OPENAI_BASE_URL: `${server.url}/v1` } };
}

/** An event stream of these choices (`{ delta, finish_reason }`), ended without ceremony. */
export function choices(...list: object[]): Behaviour {
  return frames(...list.map((choice) => ({ choices: [choice] })));
}

/** An event stream of these chunks; a string is the data of an event, unchanged. */
export function frames(...list: (object | string)[]): Behaviour {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const frame of list) {
      response.write(`data: ${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n\n`);
    }
    response.end();
  };
}

/** One delta of the answer, and its end. */
export const content = (text: string) => ({ delta: { content: text } });
export const STOP = { delta: {}, finish_reason: 'stop' };
