import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ask, delta, events, STOP, STREAM, text, textOf } from '../../helpers/chat-exchange.ts';

describe('a streamed answer', () => {
  it('is requested with its usage', async () => {
    const { sent } = await ask(events(STOP, '[DONE]'));
    expect(sent).toEqual({
      model: 'asked',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('can be mixed with events of other names that are not JSON', async () => {
    const { answer } = await ask((response) => {
      const stream = [text('a'), STOP].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
      response.writeHead(200, STREAM);
      response.end(`event: ping\ndata: pong\n\n${stream.join('event: ping\ndata:\n\n')}`);
    });
    expect(answer?.content).toBe('a');
  });

  it('tells the collector the size of each piece', async () => {
    const stream = [text('a'), STOP].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
    let size = 0;
    const collector = {
      begin: () => {},
      afterPiece: (bytes: number) => void (size += bytes),
      afterLarge: () => {},
    };
    await ask((response) => void response.writeHead(200, STREAM).end(stream), { collector });
    expect(size).toBe(stream.length);
  });

  it('is delivered delta by delta and then returned whole', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const { deltas, answer } = await ask(
      events(
        { id: 'chatcmpl-1', model: 'real', ...delta({ role: 'assistant', content: '' }) },
        delta({ reasoning_content: 'hm' }),
        text('Hel'),
        text('lo'),
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'read', arguments: '{}' } }] }),
        STOP,
        { choices: [], usage },
        '[DONE]',
      ),
    );
    expect(deltas).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'content', text: 'Hel' },
      { type: 'content', text: 'lo' },
      { type: 'tool_call', index: 0, id: 'a', name: 'read', arguments: '{}' },
    ]);
    expect(answer).toMatchObject({
      model: 'real',
      content: 'Hello',
      reasoning: 'hm',
      tool_calls: [{ id: 'a', name: 'read', arguments: '{}' }],
      finish_reason: 'stop',
      usage,
      request_id: 'chatcmpl-1',
      streamed: true,
      chunks: 4,
    });
    expect(answer?.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it.each([
    ['with a finish_reason and no [DONE]', [text('hi'), STOP]],
    ['with [DONE] and no finish_reason', [text('hi'), '[DONE]']],
    ['with spaces around [DONE] and empty events', [text('hi'), '', '[DONE]  ']],
  ])('is complete %s', async (_what, stream) => {
    expect((await ask(events(...stream))).answer?.content).toBe('hi');
  });

  it.each(['length', 'content_filter', 'tool_calls'])(
    'can end with the finish_reason %s',
    async (reason) => {
      const { answer } = await ask(events(text('hi'), delta({}, reason), '[DONE]'));
      expect(answer).toMatchObject({ content: 'hi', finish_reason: reason });
    },
  );

  it('ends at [DONE] while the server keeps the connection open', async () => {
    const { answer } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(STOP)}\n\ndata: [DONE]\n\ndata: {"error":"late"}\n\n`);
    });
    expect(answer?.finish_reason).toBe('stop');
  });

  it('is complete if the connection breaks after the finish_reason', async () => {
    const { answer } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(
        `data: ${JSON.stringify(text('hi'))}\n\ndata: ${JSON.stringify(STOP)}\n\n`,
        () => response.destroy(),
      );
    });
    expect(answer?.content).toBe('hi');
  });

  it('is complete if the server sends nothing for 5 s after the finish_reason', async () => {
    const waits: number[] = [];
    const clock = new (class extends FakeClock {
      override timeout(ms: number): AbortSignal {
        waits.push(ms);
        return AbortSignal.timeout(20);
      }
    })();
    const { answer } = await ask(
      (response) => {
        response.writeHead(200, STREAM);
        response.write(`data: ${JSON.stringify(text('hi'))}\n\ndata: ${JSON.stringify(STOP)}\n\n`);
      },
      { clock },
    );
    expect(answer?.content).toBe('hi');
    expect(waits).toEqual([5000]);
  });

  it('has the times to its head, to its first token and to its end', async () => {
    const clock = new FakeClock();
    const { answer } = await ask(
      (response) => {
        clock.advance(100);
        events(text('a'), text('b'), STOP, '[DONE]')(response, 1);
      },
      { clock, onDelta: () => clock.advance(30) },
    );
    expect(answer?.timings).toEqual({ headers: 100, first_token: 100, total: 160 });
  });

  it('keeps a character whole whose surrogate halves arrive in two deltas', async () => {
    const { deltas, answer } = await ask(events(text('a\ud83d'), text('\ude00b\ud83d'), '[DONE]'));
    expect(deltas).toEqual([
      { type: 'content', text: 'a' },
      { type: 'content', text: '😀b' },
      { type: 'content', text: '\ud83d' },
    ]);
    expect(answer?.content).toBe('a😀b\ud83d');
  });

  it('is shown without repetition if it is cumulative', async () => {
    const pieces = ['One', 'One two', 'One two three', 'One two three four'];
    const { deltas, answer } = await ask(events(...pieces.map(text), STOP, '[DONE]'));
    expect(answer?.content).toBe('One two three four');
    expect(textOf(deltas)).toBe('One two three four');
  });

  it('can have data without a space, CRLF, comments, ids and names, and be cut at any byte', async () => {
    const bytes = Buffer.from(
      [
        ': ping',
        `id:1\r\nevent:message\r\ndata:${JSON.stringify(text('héllo'))}`,
        'data:[DONE]',
        '',
      ].join('\r\n\r\n'),
    );
    const { answer } = await ask(async (response) => {
      response.writeHead(200, STREAM);
      for (const byte of bytes) {
        await new Promise<void>((resolve) => {
          response.write(Uint8Array.of(byte), () => resolve());
        });
      }
      response.end();
    });
    expect(answer?.content).toBe('héllo');
  });

  it('has its text once if its last event holds the whole message', async () => {
    const end = (message: object) => ({ choices: [{ message, finish_reason: 'stop' }] });
    const thought = { choices: [{ delta: { reasoning_content: 'hm' } }] };
    for (const before of [[text('ab')], [text('a'), text('b')]]) {
      const message = { content: 'ab', reasoning_content: 'hm' };
      const { answer } = await ask(events(thought, ...before, end(message)));
      expect(answer).toMatchObject({ content: 'ab', reasoning: 'hm' });
    }
    const more = (await ask(events(text('a'), text('b'), end({ content: 'abc' })))).answer;
    expect(more?.content).toBe('abc');
    const pieces = ['ha', 'ha', ' x'].map((content) => end({ content }));
    expect((await ask(events(...pieces))).answer?.content).toBe('haha x');
  });

  it('waits for the promise of each delta before it delivers the next', async () => {
    const deltaCount = 50;
    const taken: string[] = [];
    let busy = 0;
    const { answer } = await ask(
      events(...Array.from({ length: deltaCount }, () => text('x')), '[DONE]'),
      {
        onDelta: async (piece) => {
          busy += 1;
          expect(busy).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          taken.push(piece.type);
          busy -= 1;
        },
      },
    );
    expect(taken).toHaveLength(deltaCount);
    expect(answer?.chunks).toBe(deltaCount);
  });
});
