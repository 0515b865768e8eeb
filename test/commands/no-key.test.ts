import { expect, test } from 'vitest';
import { createInProcessHome } from '../helpers/in-process-home.ts';

test.each([
  [['--plan', 'coding'], 'BAILIAN_CODING_PLAN_API_KEY to a key of the Coding Plan, or'],
  [
    ['--plan', 'token', '--region', 'intl'],
    'BAILIAN_TOKEN_PLAN_API_KEY to a key of the Token Plan, or',
  ],
  [['--plan', 'standard'], 'DASHSCOPE_API_KEY to a key of the standard plan, or'],
  [[], 'OPENAI_API_KEY beside OPENAI_BASE_URL, DASHSCOPE_API_KEY for Qwen, or'],
])('without a key, chat %j names the variable of its plan', async (flags, hint) => {
  await using home = await createInProcessHome();
  const { code, stderr } = await home.run(['chat', 'hi', '--auth', 'api-key', ...flags]);
  expect(code).toBe(3);
  expect(stderr).toContain(`Set ${hint} store one:`);
});
