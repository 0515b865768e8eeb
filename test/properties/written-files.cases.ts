/** A sound file and the commands that read it. */
export interface StoredFile {
  document: unknown;
  commands: readonly string[];
  /** One JSON value a line. */
  lines?: boolean;
}

/** The files that a person writes. */
export const WRITTEN: Readonly<Record<string, StoredFile>> = {
  'models.json': {
    document: {
      $schema: 'x',
      comment: 'c',
      models: [
        {
          model: 'm',
          required: true,
          comment: 'c',
          probes: ['chat', 'long'],
          long_tokens: 1000,
          limits: {
            timeout: '30s',
            max_ttft: '10s',
            max_latency: '20s',
            min_tokens_per_second: 0.001,
            retries: 1,
          },
        },
      ],
    },
    commands: [
      'validate-models --file models.json --json',
      'validate-models --file models.json -m m*',
    ],
  },
  'baseline.json': {
    document: {
      version: 1,
      models: {
        m: {
          verdict: 'pass',
          latency_ms: 100,
          probes: { chat: { verdict: 'pass', latency_ms: 100 } },
        },
      },
    },
    commands: [
      'validate-models -m m --probe chat --baseline baseline.json --report html=h --report junit=j --report markdown=md --report tap=t',
      'validate-models -m m --probe chat --baseline baseline.json --update-baseline --json',
    ],
  },
  'known.json': {
    document: {
      $schema: 'x',
      known_failures: [{ model: 'm*', probe: 'chat', reason: 'r', until: '2099-12-31' }],
    },
    commands: ['validate-models -m m --probe chat --known-failures known.json --report github'],
  },
  'messages.json': {
    document: [
      { role: 'system', content: 's' },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: '1', content: 'x' },
    ],
    commands: ['chat --messages messages.json', 'chat --messages messages.json -p more --json'],
  },
  'schema.json': {
    document: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.com/a',
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a', format: 'date', minLength: 1 } },
      required: ['a'],
      $defs: { b: { $ref: '#/$defs/b' } },
    },
    commands: ['chat -p hi --json-schema schema.json'],
  },
};
