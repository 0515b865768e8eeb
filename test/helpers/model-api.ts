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
 * An event stream with one delta a piece, ended as it should be. Pieces that make {@link RIGHT} become
 * the right answer to the question.
 */
export function says(...pieces: string[]): Behaviour {
  const write = (response: ServerResponse, deltas: readonly string[]) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of deltas) response.write(event({ delta: { content } }));
    response.write(event({ delta: {}, finish_reason: 'stop' }));
    response.end('data: [DONE]\n\n');
  };
  return (response) => {
    if (pieces.join('') !== RIGHT) return write(response, pieces);
    void bodyOf(response.req).then((body) => write(response, rightAnswer(body).split(/(?= )/)));
  };
}

const event = (choice: unknown) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [choice] })}\n\n`;

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
