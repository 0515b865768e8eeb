/**
 * The whole story in one go: the built program against its own sandbox, in a home of its own. Each
 * step is the command a user would type, run as a child process, with its real output.
 */
import { decideAt } from './helpers/approval.ts';
import { createHome, type Home, type Running } from './helpers/program.ts';

const STEPS = [
  ['chat', '-p', 'What is 17 + 25?'],
  ['chat', '-p', 'Say hello to the demo.', '-s', '-m', 'qwen3-coder-flash'],
  ['list-models'],
  ['validate-models'],
];

/** Commands that work on a machine where the demo did. The first two need no account and no network. */
const NEXT_STEPS = `
This was the demo. Try next, in this folder:

  node dist/main.cjs sandbox -- chat -p hi
      asks a model of the sandbox
  node dist/main.cjs sandbox -- chat
      opens a chat with it; /exit ends it
  node dist/main.cjs auth login --with-api-key --base-url URL
      stores an API key of yours; the key is typed at a hidden prompt
  npm link
      puts qwen-demo on your PATH; "qwen-demo --help" lists its commands
`;

await using home = await createHome();
process.exitCode = await tell(home);
if (process.exitCode === 0) show(NEXT_STEPS);

async function tell(home: Home): Promise<number> {
  const sandbox = home.start(['sandbox', '--json'], { input: null });
  echo(['sandbox']);
  try {
    const [line] = await sandbox.seen(/\{.+\}\n/);
    const { url, environment } = JSON.parse(line) as {
      url: string;
      environment: Record<string, string>;
    };
    show(`listening on ${url}\n`);

    const auth = command(home, ['auth'], environment);
    const [page] = await auth.seen(/http:\S+user_code=[\w-]+/);
    await decideAt(page, 'approve');
    show('(the demo opens that page and presses "Approve")\n');
    const codes = [(await auth.result).code];
    for (const step of STEPS) codes.push((await command(home, step, environment).result).code);
    return codes.find((code) => code !== 0) === undefined ? 0 : 1;
  } finally {
    sandbox.child.kill('SIGTERM');
    await sandbox.result;
  }
}

function command(home: Home, args: string[], env: Record<string, string>): Running {
  echo(args);
  const running = home.start(args, { env });
  running.child.stdout.on('data', show);
  running.child.stderr.on('data', show);
  return running;
}

function echo(args: string[]): void {
  const words = args.map((word) => (/^[\w.-]+$/.test(word) ? word : `"${word}"`));
  show(`\n$ qwen-demo ${words.join(' ')}\n`);
}

function show(text: string): void {
  process.stdout.write(text);
}
