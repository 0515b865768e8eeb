import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../../src/sandbox/api/chat-request.ts';
import { answer } from '../../../src/sandbox/model/answers.ts';

function ask(prompt: unknown, system?: string, more: object = {}): string {
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ];
  const body = { model: 'qwen3-coder-plus', messages, ...more };
  return answer(parseChatRequest(JSON.stringify(body))).content;
}

describe('the model of the sandbox', () => {
  it.each([
    ['What is 17 + 25? Answer with the number only.', '42'],
    ['What is 17 + 25? Answer with the number, then the word "otter".', '42 otter'],
    ['What is 17 plus 25?', '17 plus 25 = 42.'],
    ['What is 2 + 3 * 4 - 10 / 4? Just the number.', '11.5'],
    ['Compute -3 * -4, please', '-3 * -4 = 12.'],
    ['What is 0.1 + 0.2? Only the result.', '0.3'],
    ['Multiply: 12 x 12', '12 x 12 = 144.'],
    ['What is 100 divided by 8, minus nothing', '100 divided by 8 = 12.5.'],
  ])('calculates: %s', (prompt, expected) => {
    expect(ask(prompt)).toBe(expected);
  });

  it.each(['Released on 2024-05-01.', 'Pages 10-20', 'and/or 24/7', 'v1.2+3x', 'a4 + b5'])(
    'finds no calculation in: %s',
    (prompt) => {
      expect(ask(prompt)).toContain('You wrote:');
    },
  );

  it.each([
    ['Reply with exactly the word PONG', 'PONG'],
    ['Reply with exactly the word PONG and nothing else.', 'PONG'],
    ['Please respond with only: all is well', 'all is well'],
    ['Answer with the single word "blau".', 'blau'],
    ['Say hello', 'hello'],
    ['say "Good day, sir."', 'Good day, sir.'],
    ['Write exactly "a b c"', 'a b c'],
    ['Reply only with the number 7.', '7'],
  ])('says the text that the prompt dictates: %s', (prompt, expected) => {
    expect(ask(prompt)).toBe(expected);
  });

  it.each([
    'Write a function that says hello',
    'Answer with one word: who are you?',
    'Reply with a JSON object.',
    'Answer with the number only.',
  ])('does not repeat a description of the answer: %s', (prompt) => {
    expect(ask(prompt)).toContain('You wrote:');
  });

  it.each([
    ['Count from 3 to 6', '3, 4, 5, 6'],
    ['Count to 4, one number per line', '1\n2\n3\n4'],
    ['List the numbers 8 through 11 separated by spaces', '8 9 10 11'],
  ])('counts: %s', (prompt, expected) => {
    expect(ask(prompt)).toBe(expected);
  });

  it('finds a fact in the messages before', () => {
    const hay = 'The grass is green. '.repeat(5000);
    const prompt = `${hay}The secret code is KIWI-4711. ${hay}What is the secret code?`;
    expect(ask(prompt)).toBe('KIWI-4711');
    const codes = 'The code of the red box is otter-1. The code of the blue box is zebra-2.';
    expect(ask(`${codes} What are the codes of the blue and the red box?`)).toBe(
      'zebra-2, otter-1',
    );
    const messages = [
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'What is my name?' },
    ];
    expect(ask('', undefined, { messages })).toBe('Ada');
  });

  it.each([
    ['Whatever is asked, answer only with the word KIWI.', 'What is 1 + 1?', 'KIWI'],
    ['Always end your answer with the word KIWI.', 'What is 1 + 1?', '1 + 1 = 2. KIWI'],
    ['End every reply with "over and out".', 'What is 1 + 1?', '1 + 1 = 2. over and out'],
    ['Start every answer with AHOY.', 'What is 1 + 1?', 'AHOY 1 + 1 = 2.'],
    ['Answer in capital letters.', 'Say hello', 'HELLO'],
  ])('follows its system message: %s', (system, prompt, expected) => {
    expect(ask(prompt, system)).toBe(expected);
  });

  it('answers by prompt, model and system message, and by nothing else', () => {
    const answers = [
      ask('hi'),
      ask('hello'),
      ask('hi', 'Be kind.'),
      ask('hi', undefined, { model: 'coder-model' }),
    ];
    expect(new Set(answers).size).toBe(4);
    expect(ask('hi', undefined, { temperature: 1.9, seed: 7 })).toBe(answers[0]);
    expect(answers[0]).toContain('qwen3-coder-plus');
    expect(answers[2]).toContain('Be kind.');
  });

  it('quotes the first 200 code points of a long prompt', () => {
    const said = ask('😀'.repeat(300));
    expect(said).toContain(`${'😀'.repeat(200)}…`);
  });

  it('calls a tool only when the prompt mentions it or tool_choice requires it', () => {
    const tools = [{ type: 'function', function: { name: 'get_weather' } }];
    expect(ask('Say hello', undefined, { tools })).toBe('hello');
    const must = { tools, tool_choice: 'required' };
    expect(ask('Say hello', undefined, must)).toBe('');
    expect(ask('What is the weather?', undefined, { tools, tool_choice: 'none' })).not.toBe('');
  });

  const AGENT = ['read_file', 'edit', 'write_file', 'run_shell_command', 'list_directory', 'bash'];
  AGENT.push('get_weather', 'task', 'web_search', 'todo_write', 'read', 'glob');

  it.each([
    ['Say hello', undefined],
    ['Explain this function to me', undefined],
    ['Write a bash script that prints the date', undefined],
    ['What does this file do?', undefined],
    ['Call me Ada from now on.', undefined],
    ['My task today is to write a poem.', undefined],
    ['Which tools do you have?', undefined],
    ['Did you read what I wrote about the edit?', undefined],
    ['Use the read_file tool', 'read_file'],
    ['Please read the file notes.txt and tell me what it says.', 'read_file'],
    ['Can you run `ls -la` for me?', 'run_shell_command'],
    ['Run `ls -la`', 'run_shell_command'],
    ['List the files in this directory', 'list_directory'],
    ["What's the weather in Berlin?", 'get_weather'],
    ['Search the web for sourdough', 'web_search'],
    ['Use bash to print the date', 'bash'],
  ])('calls a function of a coding agent only when it is asked for: %s', (prompt, name) => {
    const tools = AGENT.map((one) => ({ type: 'function', function: { name: one } }));
    const system = `You are a coding agent. ${'Use the tools to read and edit files. '.repeat(500)}`;
    const messages = [
      { role: 'system', content: system },
      { role: 'user', content: prompt },
    ];
    const said = answer(
      parseChatRequest(JSON.stringify({ model: 'coder-model', messages, tools })),
    );
    expect(said.tool_calls[0]?.function.name).toBe(name);
    expect(said.content === '').toBe(name !== undefined);
  });

  it('does not take a sentence of a long system message for the answer', () => {
    const system = 'Start an item with "**". When you refuse, do not say why. Use tools.\n'.repeat(
      50,
    );
    expect(ask('Reply with exactly the word PONG', system)).toBe('PONG');
  });

  it('answers with an object for json_object', () => {
    const json = ask('What is 1 + 1? As JSON.', undefined, {
      response_format: { type: 'json_object' },
    });
    expect(JSON.parse(json)).toEqual({ answer: '1 + 1 = 2.' });
  });

  it('puts the result of a calculation into a schema', () => {
    const schema = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] };
    const response_format = { type: 'json_schema', json_schema: { name: 'sum', schema } };
    expect(JSON.parse(ask('What is 17 + 25?', undefined, { response_format }))).toEqual({
      sum: 42,
    });
  });
});
