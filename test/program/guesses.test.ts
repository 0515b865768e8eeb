import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';

let home: InProcessHome;
beforeAll(async () => {
  home = await createInProcessHome();
  await home.furnish([
    ['config.json', '{"profiles":{"work":{"model":"qwen2.5:7b"}}}'],
    ['last-models.json', '{"version":1,"endpoints":{"http://127.0.0.1:1/v1":{"deepseek-v4":1}}}'],
    ['conversations/plan.jsonl', ''],
  ]);
});
afterAll(() => home[Symbol.asyncDispose]());

/** The words of a command line, those in quotes as one. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);

async function refusalOf(line: string): Promise<string> {
  const { code, stdout, stderr } = await home.run(wordsOf(line));
  expect({ code, stdout }, line).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('a wrong command line is refused with the command that it means', () => {
  test.each([
    ['login', 'auth login', ''],
    ['login --profile work', 'auth login --profile work', ''],
    ['login --help', 'auth login --help', ''],
    ['logout', 'auth logout', ''],
    ['Status', 'auth status', ''],
    ['models', 'list-models', ''],
    ['modles vision', 'list-models vision', ''],
    ['list-model', 'list-models', ''],
    ['whoami', 'auth status', ''],
    ['token', 'auth token', ''],
    ['validate', 'validate-models', ''],
    ['list', 'list-models', ''],
    ["run qwen3:8b 'why is it'", "chat -m qwen3:8b 'why is it'", ''],
    ['run qwen3:8b', 'chat -m qwen3:8b', ''],
    ['keys set', 'auth login --with-api-key', ''],
    ['configure', 'auth login', ''],
    ['login help', 'auth login --help', ''],
    ['--help statsu', 'auth status --help', ''],
    ['auth --help statsu', 'auth status --help', 'auth '],
    ['completion bsh', 'completion bash', 'completion '],
    ['config show', 'config list', 'config '],
    ['config temperature 0.2', 'config set temperature 0.2', 'config '],
    ['config set temperature=0.2', 'config set temperature 0.2', 'config set '],
    ['config set temperature', 'config get temperature', 'config set '],
    ['--list-models', 'list-models', ''],
    ['chat --temp 1 hi', 'chat --temperature 1 hi', 'chat '],
    ["validate-models '--max-retries 1'", 'validate-models --max-retries 1', 'validate-models '],
    ['auth exec --api-key X -- claude', 'auth login --with-api-key', 'auth exec '],
    ['chat --think hi', 'chat --enable-thinking hi', 'chat '],
    ['chat -C hi', 'chat --continue hi', 'chat '],
    ['chta hi', 'chat hi', ''],
    ["ask 'what is it' -s", "chat 'what is it' -s", ''],
    ['what is it', 'chat what is it', ''],
    ['nonsense', 'chat nonsense', ''],
    ['auth statsu', 'auth status', 'auth '],
    ['auth whoami', 'auth status', 'auth '],
    ['auth models', 'list-models', 'auth '],
    ['list-models --temperature 0', 'chat --temperature 0', 'list-models '],
    ['chat hi --live', 'list-models hi --live', 'chat '],
    ['chat --stram hi', 'chat --stream hi', 'chat '],
    ['chat --modle=x hi', 'chat --model=x hi', 'chat '],
    ['chat --url http://127.0.0.1:1/v1 hi', 'chat --base-url http://127.0.0.1:1/v1 hi', 'chat '],
    ['--profile work auth status', 'auth status --profile work', ''],
    ['--profil work auth status', 'auth status --profile work', ''],
    ['auth --profile work status', 'auth status --profile work', 'auth login '],
    ['--debug login', 'auth login --debug', ''],
    ['-p hi', 'chat -p hi', ''],
    ["'- what is it'", "chat -- '- what is it'", ''],
    ["chat -s '-x, what is it'", "chat -s -- '-x, what is it'", 'chat '],
    ['help auth statsu', 'auth status --help', 'auth '],
    ['chat --hlep', 'chat --help', 'chat '],
    ['chat --verson', '--version', 'chat '],
    ['-v', '--version', ''],
    ["-s 'what is it'", "chat -s 'what is it'", ''],
    ['--debug models', 'list-models --debug', ''],
    ['validate-models a b', 'validate-models --model a --model b', 'validate-models '],
    ['auth status work', 'auth status --profile work', 'auth status '],
    ['validate-models --probe visoin', 'validate-models --probe vision', 'validate-models '],
    ['validate-models --probe=chat,tool', 'validate-models --probe=chat,tools', 'validate-models '],
    ['validate-models --report jsno=a', 'validate-models --report json=a', 'validate-models '],
    ['list-models --ability visoin', 'list-models --ability vision', 'list-models '],
    ['list-models --fields id,widow', 'list-models --fields id,window', 'list-models '],
    ['list-models --sort kidn', 'list-models --sort kind', 'list-models '],
    ['auth status --profile wrok', 'auth status --profile work', 'auth status '],
    ['auth switch wrok', 'auth switch work', 'auth switch '],
    ['auth login --plan codng', 'auth login --plan coding', 'auth login '],
    ['sandbox --fault qouta', 'sandbox --fault quota', 'sandbox '],
    ['sandbox --fault drop:1s@chat#2', "sandbox --fault 'drip:1s@chat#2'", 'sandbox '],
    ['sandbox --fault reset@chta', 'sandbox --fault reset@chat', 'sandbox '],
    ['chat -c paln hi', 'chat -c plan hi', 'chat '],
  ])('%s', async (line, meant, command) => {
    const stderr = await refusalOf(line);
    expect(stderr).toContain(`\n  Did you mean \`qwen-demo ${meant}\`?\n`);
    expect(stderr).toContain(`\n  See \`qwen-demo ${command}--help\`\n`);
  });

  test('with --json the guess is a line of the hint', async () => {
    const { stderr } = await home.run(['auth', 'statsu', '--json']);
    expect(JSON.parse(stderr).error).toEqual({
      kind: 'usage',
      code: 'unknown_command',
      message: "unknown command 'statsu'",
      hint: 'Did you mean `qwen-demo auth status --json`?\nSee `qwen-demo auth --help`',
    });
  });

  test('a value of a variable has no command, and its guess is the value alone', async () => {
    const { stderr } = await home.run(['auth', 'status'], { QWEN_DEMO_PROFILE: 'wrok' });
    expect(stderr).toContain('\n  Did you mean work?\n');
  });

  test.each([
    ['auth nonsense --help', 'auth '],
    ['nonsense --help', ''],
    ['help nonsense', ''],
    ['--help nonsense', ''],
    ['auth -h nonsense', 'auth '],
    ["' '", ''],
    ['completion powershell', 'completion '],
    ['chat --nonsense', 'chat '],
    ['chat hi --model', 'chat '],
    ['chat --temperature warm hi', 'chat '],
    ['auth switch', 'auth switch '],
    ['list-models --live --known', 'list-models '],
    ['auth exec --live -- true', 'auth exec '],
  ])('%s has no guess, but the --help to read', async (line, command) => {
    const stderr = await refusalOf(line);
    expect(stderr).toContain(`\n  See \`qwen-demo ${command}--help\`\n`);
    expect(stderr).not.toContain('Did you mean');
  });
});

describe('a secret on the command line is never repeated', () => {
  const SECRET = 's3cr3t-value';
  test.each([
    `auth login --api-key ${SECRET}`,
    `auth login --api-key=${SECRET}`,
    `chat --api-key ${SECRET} hi`,
    `chat hi --token=${SECRET}`,
    `--api-key ${SECRET} chat hi`,
    `--openai_api_key=${SECRET} chat hi`,
    `chat hi --modle x --header X-Mine:${SECRET}`,
    `chat hi --modle x --header=X-Mine:${SECRET}`,
    `chat hi --modle x --base-url http://me:${SECRET}@127.0.0.1:1/v1`,
    'auth login sk-s3cr3t-value0',
    'sk-s3cr3t-value0',
    'login sk-s3cr3t-value0 --json',
  ])('%s', async (line) => {
    const { code, stdout, stderr } = await home.run(wordsOf(line));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('s3cr3t');
    expect(stderr).toMatch(/Did you mean `qwen-demo (auth login|chat hi)/);
  });
});

test('a model id that is one or two letters off is guessed when the server does not know it', async () => {
  home.answer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"error":{"code":"model_not_found","message":"The model does not exist"}}');
  });
  const env = { OPENAI_BASE_URL: home.url };
  for (const [line, meant] of [
    ['chat -m qwen3-coder-pluss hi', 'chat -m qwen3-coder-plus hi'],
    ['chat hi --model=qwen3-codr-falsh', 'chat hi --model=qwen3-coder-flash'],
    ['chat -m depseek-v4 hi', 'chat -m deepseek-v4 hi'],
    ['chat -m qwen2.5:7d hi', 'chat -m qwen2.5:7b hi'],
  ] as const) {
    const { code, stderr } = await home.run(wordsOf(line), env);
    expect(code).toBe(5);
    expect(stderr).toContain(`Did you mean \`qwen-demo ${meant}\`?\n`);
  }
  const run = await home.run(['validate-models', '-m', 'qwen-vl-pls', '--probe', 'chat'], env);
  expect(run.code).toBe(9);
  expect(run.stderr).toContain('`qwen-demo validate-models -m qwen-vl-plus --probe chat`?');
  const other = await home.run(['chat', '-m', 'gpt-9', 'hi'], env);
  expect(other.stderr).not.toContain('Did you mean');
});
