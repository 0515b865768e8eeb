import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loopback } from '../helpers/loopback.ts';
import { createHome } from '../helpers/program.ts';

const MIB = 1024 * 1024;
/** In MB of 10^6 bytes. */
const LIMIT = 256;

const sentence = '通义千问是一个大语言模型，可以回答问题。';
const chinese = (mib: number) => sentence.repeat((mib * MIB) / Buffer.byteLength(sentence));
/** One such character makes two bytes of each. */
const mixed = (mib: number) => `${'word '.repeat((mib * MIB) / 5 - 1)}你`;

const whole = (message: object) =>
  JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] });
const events = (...deltas: object[]) =>
  `${deltas.map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`).join('')}data: [DONE]\n\n`;

/** The peak of the memory of a chat that gets this body, in MB, and its exit code. */
async function peakOf(body: string, flags: string[]): Promise<{ peak: number; code: unknown }> {
  const type = body.startsWith('data') ? 'text/event-stream' : 'application/json';
  await using server = await loopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': type }).end(body);
  });
  await using home = await createHome({ OPENAI_BASE_URL: `${server.url}/v1` });
  const { child, result } = home.start(['chat', '-p', 'hi', '-m', 'm', ...flags]);
  let peak = 0;
  const watch = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))),
      () => {},
    );
  }, 5);
  const { code } = await result;
  clearInterval(watch);
  return { peak: (peak * 1024) / 1e6, code };
}

describe.runIf(process.platform === 'linux')('a chat takes at most 256 MB', () => {
  const call = { type: 'function', function: { name: 'f', arguments: chinese(29) } };
  it.each<[string, number, string, string[]]>([
    ['for a whole answer of 30 MiB', 0, whole({ content: chinese(30) }), []],
    ['for one that is kept', 0, whole({ content: mixed(30) }), ['--new', 'x']],
    ['for one as JSON', 0, whole({ content: mixed(30) }), ['--json']],
    ['for reasoning of 30 MiB', 0, whole({ content: mixed(1), reasoning: chinese(29) }), []],
    ['for the arguments of a tool', 0, whole({ tool_calls: [call] }), ['--json']],
    ['for a whole answer above the limit', 7, whole({ content: chinese(40) }), ['-o', 'out']],
    [
      'for two events of 15 MiB',
      0,
      events({ content: mixed(15) }, { content: chinese(14) }),
      ['-s'],
    ],
    [
      'for those as JSON',
      0,
      events({ content: mixed(15) }, { content: mixed(14) }),
      ['-s', '--json'],
    ],
    [
      'for those in a file',
      0,
      events({ content: mixed(15) }, { content: mixed(14) }),
      ['-so', 'out'],
    ],
  ])('%s', async (_, exit, body, flags) => {
    const { peak, code } = await peakOf(body, flags);
    expect(code).toBe(exit);
    expect(peak).toBeGreaterThan(50);
    expect(peak).toBeLessThan(LIMIT);
  });
});
