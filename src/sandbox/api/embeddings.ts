import { createHash } from 'node:crypto';
import { servedModel } from '../model/served-models.ts';
import { countTokens } from '../model/tokenizer.ts';
import { invalid, modelNotFound, parseObject } from './chat-request.ts';

/** The model that is for embeddings alone; those that chat give vectors too. */
const EMBEDDING_MODEL = 'text-embedding-v4';

const DEFAULT_DIMENSIONS = 256;
const MOST_DIMENSIONS = 4096;
const MOST_TEXTS = 2048;

/**
 * The response body of `POST /v1/embeddings`.
 * @throws ErrorReply 400 for an invalid field, 404 for a model that the sandbox does not serve
 */
export function embeddingsFor(text: string): Record<string, unknown> {
  const body = parseObject(text);
  const { model, dimensions = DEFAULT_DIMENSIONS, encoding_format = 'float' } = body;
  if (typeof model !== 'string') throw invalid('you must provide a model parameter');
  if (model !== EMBEDDING_MODEL && !servedModel(model)) throw modelNotFound(model);
  const size = Number(dimensions);
  if (!Number.isInteger(size) || size < 1 || size > MOST_DIMENSIONS) {
    throw invalid(`Range of dimensions is wrong: ${JSON.stringify(dimensions)}`);
  }
  if (encoding_format !== 'float' && encoding_format !== 'base64') {
    throw invalid("'encoding_format' must be float or base64");
  }
  const inputs = textsOf(body['input']);
  const data = inputs.map((input, index) => {
    const vector = vectorOf(input, size);
    const embedding =
      encoding_format === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function textsOf(input: unknown): string[] {
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  const isText = (one: unknown): one is string => typeof one === 'string' && one !== '';
  if (inputs.length === 0 || inputs.length > MOST_TEXTS || !inputs.every(isText)) {
    throw invalid(`'input' must be a text or a list of 1 to ${MOST_TEXTS} texts`);
  }
  return inputs;
}

/** A vector of length 1. Texts that share words and parts of words are near to each other. */
function vectorOf(text: string, size: number): Float32Array {
  const vector = new Float32Array(size);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
  const parts = words.flatMap((word) => [word, ...trigramsOf(` ${word} `)]);
  for (const part of parts) {
    const digest = createHash('sha256').update(part).digest();
    const place = digest.readUInt32LE(0) % size;
    vector[place] = (vector[place] ?? 0) + ((digest[4] ?? 0) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  // Opposite signs can cancel each other in a small vector.
  if (length === 0) vector[0] = 1;
  return vector.map((value) => value / (length || 1));
}

function trigramsOf(word: string): string[] {
  return Array.from({ length: word.length - 2 }, (_, at) => word.slice(at, at + 3));
}
