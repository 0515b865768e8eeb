import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { InProcessHome } from './in-process-home.ts';

interface Message {
  time: number;
  data: string;
  _offset_ms: number;
  _offset_bytes: number;
}
export interface Entry {
  time: number;
  comment?: string;
  _again?: string;
  _eventSourceMessages?: Message[];
  request: { url: string; postData?: { text: string } };
  response: { status: number; _error?: string; content: { size: number; text?: string } };
  timings: Record<string, number>;
}

const require = createRequire(import.meta.url);
const schemas = require('har-schema') as Record<string, { $schema: string }>;
const ajv = new Ajv({ strict: false, validateSchema: false });
addFormats(ajv);
for (const { $schema: _, ...schema } of Object.values(schemas)) ajv.addSchema(schema);

/** What a part of a HAR file does not have as the schema of HAR 1.2 says. */
export function harFaults(part: 'har' | 'entry', value: unknown): unknown[] {
  return ajv.validate(`${part}.json#`, value) ? [] : (ajv.errors ?? []);
}

/** The entries of a HAR file that the schema of HAR 1.2 accepts. */
export function entriesOf(file: string): Entry[] {
  const har = JSON.parse(readFileSync(file, 'utf8')) as { log: { entries: Entry[] } };
  expect(harFaults('har', har)).toEqual([]);
  return har.log.entries;
}

/** Answers with a stream of pieces of 5 characters: no event holds a whole key. */
export function streamPieces({ answer }: InProcessHome, text: string, end = true): void {
  answer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'id-1' });
    for (const content of text.match(/.{1,5}/gs) ?? []) {
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    }
    if (end) response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n');
  });
}
