import type { IncomingMessage, ServerResponse } from 'node:http';
import { given } from '../../core/given.ts';
import type { HttpRequest } from '../../core/http/message.ts';
import { Refusal } from './gate.ts';
import { askedFor, renameModel } from './model-name.ts';

/** A body up to this many bytes is held, so that it can be renamed and sent again. */
const HELD = 1024 * 1024;

/** How bodies are read. */
export interface BodyOptions {
  /** Names of models that clients use, with those that the endpoint has. */
  models: ReadonlyMap<string, string>;
  /** Bytes of the largest body. */
  max_body: number;
}

/** The body of a request, as it is sent on. */
export interface Body {
  content: HttpRequest['body'];
  headers: Record<string, string>;
  model: string | undefined;
  stream: boolean;
  /** Why a body that streams was not sent to its end, in place of the error of the request. */
  refused: () => Refusal | undefined;
}

const NOTHING: Body = {
  content: undefined,
  headers: {},
  model: undefined,
  stream: false,
  refused: () => undefined,
};

/** Reads a body, or its beginning. @throws Refusal for a body that is too large or not what its type says */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { models, max_body }: BodyOptions,
): Promise<Body> {
  const length = request.headers['content-length'];
  if (length === undefined && request.headers['transfer-encoding'] === undefined) return NOTHING;
  if (Number(length ?? 0) > max_body) throw tooLarge(max_body);
  // Only now, so that no client sends what is refused (RFC 9110 §10.1.1).
  if (request.headers.expect !== undefined) response.writeContinue();
  if (Number(length ?? 0) > HELD) return streamed([], request, max_body);
  const parts: Buffer[] = [];
  let size = 0;
  const reader = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const part of reader) {
    parts.push(part);
    size += part.byteLength;
    if (size > HELD) return streamed(parts, request, max_body);
  }
  if (!request.complete) throw new Refusal(400, 'incomplete_body', 'The body is incomplete');
  return held(Buffer.concat(parts), request.headers, models);
}

function tooLarge(max_body: number): Refusal {
  return new Refusal(413, 'body_too_large', `A body can have ${max_body} bytes at most`);
}

/** Sends what was read already and then the rest, as it comes. */
function streamed(first: readonly Buffer[], rest: IncomingMessage, max_body: number): Body {
  let refused: Refusal | undefined;
  async function* content(): AsyncGenerator<Uint8Array> {
    let size = 0;
    for (const part of first) {
      size += part.byteLength;
      yield part;
    }
    for await (const part of rest as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > max_body) throw (refused = tooLarge(max_body));
      yield part;
    }
  }
  const headers = given({ 'content-length': rest.headers['content-length'] });
  return { ...NOTHING, content: content(), headers, refused: () => refused };
}

/** @throws Refusal `invalid_json` for a body that says that it is JSON and is none */
function held(
  bytes: Buffer,
  headers: IncomingMessage['headers'],
  models: BodyOptions['models'],
): Body {
  const whole: Body = { ...NOTHING, content: bytes };
  // `POST /v1/batches/ID/cancel` of SDKs, which call each request JSON.
  if (bytes.byteLength === 0) return whole;
  const json = /^application\/(?:.*\+)?json\b/i.test(headers['content-type'] ?? '');
  if (!json || headers['content-encoding'] !== undefined) return whole;
  const text = bytes.toString('utf8');
  const asked = askedFor(text);
  if (asked === undefined) {
    throw new Refusal(400, 'invalid_json', 'The body must be a JSON object');
  }
  const model = models.get(asked.model ?? '');
  return model === undefined
    ? { ...whole, ...asked }
    : { ...whole, content: renameModel(text, model), ...asked, model };
}
