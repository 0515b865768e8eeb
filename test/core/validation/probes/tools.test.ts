import { expect, it } from 'vitest';
import type { ToolCall } from '../../../../src/core/chat/answer.ts';
import { toolsProbe } from '../../../../src/core/validation/probes/tools.ts';
import { judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

const call = (name: string, args: unknown): ToolCall => ({
  id: 'call_1',
  name,
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
});

const GOOD = call('current_weather', { city: 'Lisbon', unit: 'celsius' });
const calls = (...tool_calls: ToolCall[]) => ({ content: '', tool_calls });

it('the tools probe offers two functions, of which one fits', async () => {
  const { asked } = await judgeProbe(toolsProbe, calls(GOOD));
  const tools = asked[0]?.parameters?.tools as { function: { name: string } }[];
  expect(tools.map((tool) => tool.function.name)).toEqual(['local_time', 'current_weather']);
});

it.each([
  GOOD,
  call('current_weather', { unit: 'celsius', city: 'Lisbon, Portugal' }),
  call('current_weather', { unit: 'celsius', city: 'lisboa' }),
])('the tools probe passes $name($arguments)', async (one) => {
  expect(await verdict(toolsProbe, calls(one))).toBe('pass');
});

it.each([
  [{ content: 'It is sunny.' }, 'Called no function, but answered "It is sunny."'],
  [calls(call('local_time', { city: 'Lisbon' })), /the wrong function$/],
  [calls(call('current_weather', { city: 'Paris', unit: 'celsius' })), /the wrong arguments$/],
  [calls(call('current_weather', { city: 'Lisbon', unit: 'kelvin' })), /the wrong arguments$/],
  [calls(call('current_weather', { city: ['Lisbon'], unit: 'celsius' })), /the wrong arguments$/],
  [calls(call('current_weather', { city: 'Lisbon' })), /the wrong arguments$/],
  [calls(call('current_weather', '{"city":"Lis')), /the wrong arguments$/],
  [calls(call('current_weather', 'null')), /the wrong arguments$/],
  [calls(GOOD, GOOD), /^Called 2 functions/],
])('the tools probe fails %j', async (reply, reason) => {
  expect(await verdict(toolsProbe, reply)).toMatch(reason);
});
