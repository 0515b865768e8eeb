import type { ServerResponse } from 'node:http';
import { RIGHT, rightAnswer } from './scripted-chat.ts';
import { bodyOf, loopback, type Loopback } from './loopback.ts';

/** What one model does with the response that it is given. */
export type Behaviour = (response: ServerResponse) => void;

export function json(status: number, body: unknown): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

/** A response with this body, unchanged. */
export function raw(status: number, type: string, body: string): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  };
}

/** An error in OpenAI's envelope. */
export function error(status: number, code: string, message: string): Behaviour {
  return json(status, { error: { code, message } });
}

/**
 * Says this as it is asked to: in a stream with one delta a piece, or whole. Pieces that make
 * {@link RIGHT} become the right answer to the question.
 */
export function says(...pieces: string[]): Behaviour {
  return (response) =>
    void bodyOf(response.req).then((body) => {
      const right = pieces.join('') === RIGHT;
      const said = right ? rightAnswer(body).split(/(?= )/) : pieces;
      // A request of the list has no body.
      const { stream } = JSON.parse(body || '{}') as { stream?: boolean };
      if (stream !== true) return json(200, completion(said.join('')))(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const deltas = [{ role: 'assistant', content: '' }, ...said.map((content) => ({ content }))];
      for (const delta of deltas) response.write(frame(chunk(delta)));
      response.write(frame(chunk({}, 'stop')) + frame({ ...chunk({}), choices: [], usage: USAGE }));
      response.end('data: [DONE]\n\n');
    });
}

/** Of every answer. */
export const USAGE = { prompt_tokens: 9, completion_tokens: 60, total_tokens: 69 };
const ENVELOPE = { id: 'chatcmpl-1', created: 1_764_000_000 };

/** One chunk of a stream. */
export function chunk(delta: unknown, finish_reason: string | null = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return { ...ENVELOPE, object: 'chat.completion.chunk', choices };
}

/** A whole answer. */
export function completion(content: string) {
  const message = { role: 'assistant', content };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return { ...ENVELOPE, object: 'chat.completion', choices, usage: USAGE };
}

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const unknownModel = (model: string) =>
  json(404, { error: { code: 'model_not_found', message: `The model ${model} does not exist` } });

/** An API in OpenAI's format that has just these models and lists them. */
export function modelApi(models: Record<string, Behaviour>): Promise<Loopback> {
  return loopback((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === '/v1/models') {
        const data = Object.keys(models).map((id) => ({ id, object: 'model' }));
        return json(200, { object: 'list', data })(response);
      }
      const { model } = JSON.parse(body) as { model: string };
      return (models[model] ?? unknownModel(model))(response);
    });
  });
}
