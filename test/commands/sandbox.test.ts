import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/commands/context.ts';
import { declareSandbox } from '../../src/commands/sandbox/command.ts';
import { Interrupted } from '../../src/core/errors.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { realClock, realRandom, temporaryFolder } from '../helpers/real-world.ts';

interface World {
  context: Context;
  controller: AbortController;
  stdout: PassThrough;
  stderr: PassThrough;
  codes: number[];
  run: (...args: string[]) => Promise<unknown>;
}

interface WorldOptions {
  env?: Record<string, string>;
  /** What `sandbox -- COMMAND` starts. */
  program?: readonly [string, ...string[]];
}

function world({ env = {}, program = ['false'] }: WorldOptions = {}): World {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const controller = new AbortController();
  const codes: number[] = [];
  const context: Context = {
    argv: [],
    env,
    terminal: { stdin: new PassThrough(), stdout, stderr, env },
    clock: realClock,
    random: realRandom,
    signal: controller.signal,
    version: '0.0.0',
    program,
    platform: { os: 'linux', arch: 'x64' },
    self: process,
    exitWith: (code) => codes.push(code),
    holdEnd: () => () => {},
    passSignals: () => () => {},
  };
  const run = async (...args: string[]): Promise<unknown> => {
    const root = new Command('qwen-demo').exitOverride();
    declareSandbox(root.command('sandbox'), context);
    return root.parseAsync(['sandbox', ...args], { from: 'user' });
  };
  return { context, controller, stdout, stderr, codes, run };
}

async function firstPart(stream: PassThrough): Promise<string> {
  return new Promise((resolve) => stream.once('data', (part: Buffer) => resolve(String(part))));
}

describe('sandbox', () => {
  it('the sandbox prints shell lines when it listens, and serves until a signal', async () => {
    const { run, stdout, stderr, controller } = world();
    const ready = firstPart(stdout);
    const running = run();
    const lines = await ready;
    const [, url = ''] = /^export QWEN_DEMO_OAUTH_BASE_URL='(.+)'$/m.exec(lines) ?? [];
    expect(lines).toMatch(/^export QWEN_DEMO_AUTH='oauth'$/m);
    expect(lines).toContain(`\n# export OPENAI_BASE_URL='${url}/v1'\n`);
    expect((await fetch(`${url}/authorize`)).status).toBe(200);
    controller.abort(new Interrupted('SIGINT'));
    await running;
    expect(String(stderr.read())).toContain(`${url}/authorize`);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('the sandbox prints one JSON line with --json, and follows its flags', async () => {
    const { run, stdout, stderr, controller } = world();
    const ready = firstPart(stdout);
    const running = run(
      '--json',
      '--auto-approve',
      '--token-ttl',
      '2m',
      '--fault',
      'slow',
      '--fault',
      'html-login',
    );
    const line = await ready;
    expect(line).toMatch(/^\{.*\}\n$/);
    const { url, api_key, environment } = JSON.parse(line) as Record<string, string>;
    expect(environment).toEqual({ QWEN_DEMO_OAUTH_BASE_URL: url, QWEN_DEMO_AUTH: 'oauth' });
    const headers = { authorization: `Bearer ${api_key}` };
    expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(200);
    const page = await fetch(`${url}/api/v1/oauth2/device/code`, { method: 'POST' });
    expect(await page.text()).toContain('aliyun_waf_aa');
    controller.abort(new Interrupted('SIGTERM'));
    await running;
    expect(stderr.read()).toBeNull();
  });

  it.each([
    [['--port', '65536'], '--port 65536 is not a whole number from 0 to 65535'],
    [['--port', '-1'], '--port -1 is not a whole number from 0 to 65535'],
    [['--port', 'http'], '--port http is not a whole number from 0 to 65535'],
    [['--token-ttl', 'soon'], '--token-ttl: "soon" is not a duration'],
    [['--token-ttl', '500ms'], '--token-ttl must be whole seconds, not "500ms"'],
    [['--fault', 'flood'], 'There is no fault "flood"'],
  ])('the sandbox refuses %j', async (args, message) => {
    await expect(world().run(...args)).rejects.toMatchObject({ kind: 'usage', message });
  });

  it('the sandbox refuses a port that is in use', async () => {
    await using other = await startSandbox();
    const { port } = new URL(other.url);
    const message = `Port ${port} on 127.0.0.1 is in use`;
    await expect(world().run('--port', port)).rejects.toMatchObject({ kind: 'usage', message });
  });
});

describe('sandbox -- COMMAND', () => {
  /** A program that reports on its world in a file, and then does `more`. */
  async function reporter(folder: string, more: string): Promise<[string, ...string[]]> {
    const script = join(folder, 'program.mjs');
    await writeFile(
      script,
      `import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
      const { env, argv } = process;
      const file = env.QWEN_DEMO_HOME + '/oauth_creds.json';
      const login = existsSync(file) && {
        mode: (statSync(file).mode & 0o777).toString(8),
        credentials: JSON.parse(readFileSync(file, 'utf8')),
      };
      const home = (statSync(env.HOME).mode & 0o777).toString(8);
      const answer = login && await fetch(login.credentials.resource_url + '/v1/models', {
        headers: { authorization: 'Bearer ' + login.credentials.access_token },
      });
      const report = { env, args: argv.slice(2), login, home, status: answer && answer.status };
      writeFileSync(${JSON.stringify(join(folder, 'report.json'))}, JSON.stringify(report));
      ${more}`,
    );
    return [process.execPath, script];
  }

  interface Report {
    env: Record<string, string>;
    args: string[];
    login: false | { mode: string; credentials: Record<string, unknown> };
    home: string;
    status: number | false;
  }

  async function report(folder: string): Promise<Report> {
    return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
  }

  it('the command runs signed in, in a home folder that is deleted at the end', async () => {
    await using folder = await temporaryFolder();
    const program = await reporter(folder.path, 'process.exit(0)');
    const env = {
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      QWEN_DEMO_CREDENTIALS: '/elsewhere',
      OPENAI_API_KEY: 'sk-mine',
      DASHSCOPE_API_KEY: 'sk-mine',
      BAILIAN_CODING_PLAN_API_KEY: 'sk-mine',
      https_proxy: 'http://proxy.example',
      HTTP_PROXY: 'http://proxy.example',
      XDG_CONFIG_HOME: '/elsewhere',
    };
    const { run, codes } = world({ env, program });
    await run('--token-ttl', '60', '--', 'chat', '-p', 'it is "$HOME"', '--json');
    expect(codes).toEqual([0]);
    const { args, login, home, status, env: seen } = await report(folder.path);
    expect(args).toEqual(['chat', '-p', 'it is "$HOME"', '--json']);
    expect(login).toMatchObject({ mode: '600', credentials: { token_type: 'Bearer' } });
    expect(status).toBe(200);
    expect(home).toBe('700');
    expect(seen).toEqual({
      BROWSER: 'none',
      PATH: env.PATH,
      LANG: 'C.UTF-8',
      HOME: seen['QWEN_DEMO_HOME'],
      USERPROFILE: seen['QWEN_DEMO_HOME'],
      QWEN_DEMO_HOME: expect.stringContaining('qwen-demo-sandbox-') as string,
      QWEN_DEMO_OAUTH_BASE_URL: expect.stringContaining('http://127.0.0.1:') as string,
      QWEN_DEMO_AUTH: 'oauth',
    });
    await expect(access(seen['HOME'] ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('auth runs without a login', async () => {
    await using folder = await temporaryFolder();
    const program = await reporter(folder.path, '');
    await world({ program }).run('--', 'auth', '--no-browser');
    expect((await report(folder.path)).login).toBe(false);
  });

  it.each([
    ['process.exit(9)', 9],
    ['process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)', 137],
  ])('the sandbox ends with the exit code of the command: %s', async (more, code) => {
    await using folder = await temporaryFolder();
    const { run, codes } = world({ program: await reporter(folder.path, more) });
    await run('--', 'list-models');
    expect(codes).toEqual([code]);
    const { env } = await report(folder.path);
    await expect(access(env['HOME'] ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('the sandbox passes a signal to the command and deletes its home folder', async () => {
    await using folder = await temporaryFolder();
    const wait = `process.on('SIGINT', () => process.exit(130));
      await fetch(env.QWEN_DEMO_OAUTH_BASE_URL + '/authorize');
      process.kill(${process.pid}, 'SIGUSR2');
      setInterval(() => {}, 1000);`;
    const { run, codes, controller } = world({ program: await reporter(folder.path, wait) });
    process.once('SIGUSR2', () => controller.abort(new Interrupted('SIGINT')));
    await run('--', 'chat');
    expect(codes).toEqual([130]);
    const { env } = await report(folder.path);
    await expect(access(env['HOME'] ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
