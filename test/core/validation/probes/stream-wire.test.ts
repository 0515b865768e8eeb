import { expect, it } from 'vitest';
import { createChat } from '../../../../src/core/chat/client.ts';
import { streamProbe } from '../../../../src/core/validation/probes/stream.ts';
import { startSandbox } from '../../../../src/sandbox/server.ts';
import { requestTo } from '../../../helpers/connection.ts';
import { loopback } from '../../../helpers/loopback.ts';
import { realClock, realRandom } from '../../../helpers/real-world.ts';

const numbers = Array.from({ length: 30 }, (_, index) => `${index + 1}, `);
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string) => event({ choices: [{ delta: { content } }] });
const END =
  event({ choices: [{ delta: {}, finish_reason: 'stop' }] }) +
  event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 60, total_tokens: 69 } });

async function put(url: string, bearer?: string, model = 'a-model') {
  const chat = createChat({ request: requestTo(url, bearer), clock: realClock });
  const subject = { model, long_tokens: 0, random: realRandom };
  return streamProbe.run(subject, (request, options) => chat(request, options));
}

it('an answer that a proxy held back until it was complete did not come in pieces', async () => {
  let asked = 0;
  await using api = await loopback((_, response) => {
    asked += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    setTimeout(() => response.end(numbers.map(delta).join('') + END), 120);
  });
  const { reason } = await put(api.url);
  expect(reason).toMatch(/^All 30 pieces arrived at once, after \d{3} ms$/);
  expect(asked).toBe(3);
});

it('an answer whose first half comes at once and whose rest comes later did', async () => {
  await using api = await loopback((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(numbers.slice(0, 15).map(delta).join(''));
    setTimeout(() => response.end(numbers.slice(15).map(delta).join('') + END), 120);
  });
  expect(await put(api.url)).toEqual({ verdict: 'pass' });
});

it('a quick server is not taken for one that does not stream, however busy this machine is', async () => {
  await using sandbox = await startSandbox();
  const { url, api_key } = sandbox;
  const findings = await Promise.all(
    Array.from({ length: 40 }, () => put(url, api_key, 'coder-model')),
  );
  expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
});
