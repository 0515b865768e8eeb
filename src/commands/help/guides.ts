/** What the help of a command says beside its flags. Tests run every example against the sandbox. */
export interface Guide {
  examples: readonly Example[];
  /** Whether it reads the variables of a connection. */
  connects: boolean;
  /** In the folder of the program. */
  page: string;
}

/** A command line, and what it does. */
export type Example = readonly [line: string, about: string];

/** By the words of the command. */
export const GUIDES: Readonly<Record<string, Guide>> = {
  auth: {
    examples: [
      ['qwen-demo auth', 'Sign in with a code in the browser.'],
      ['qwen-demo auth status', 'Show which access commands use, and why.'],
    ],
    connects: true,
    page: 'docs/credentials.md',
  },
  'auth login': {
    examples: [
      ['qwen-demo auth login --no-browser', 'Show code and page, and open no browser.'],
      ['qwen-demo auth login --profile work', 'Keep the login under a name.'],
      [
        'qwen-demo auth login --with-api-key --base-url https://llm.example.com/v1 < key.txt',
        'Store the API key in a file.',
      ],
    ],
    connects: true,
    page: 'docs/issuers.md',
  },
  'auth status': {
    examples: [
      ['qwen-demo auth status --check', 'Ask the API whether it accepts the access.'],
      ['qwen-demo auth status --json', 'Print one JSON document.'],
    ],
    connects: true,
    page: 'README.md',
  },
  'auth list': {
    examples: [
      ['qwen-demo auth list', 'Show what each profile holds.'],
      ['qwen-demo auth list --json', 'Print one JSON document.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'auth switch': {
    examples: [
      ['qwen-demo auth switch work', 'Make "work" the profile of every command.'],
      ['qwen-demo auth switch default', 'Go back to the first one.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'auth token': {
    examples: [
      ['TOKEN="$(qwen-demo auth token)"', 'Keep the token for another program.'],
      ['qwen-demo auth token --profile work', 'Print the token of another profile.'],
    ],
    connects: true,
    page: 'docs/credentials.md',
  },
  'auth refresh': {
    examples: [
      ['qwen-demo auth refresh', 'Refresh the login if it expires within 30 s.'],
      ['qwen-demo auth refresh --force', 'Refresh it now.'],
    ],
    connects: true,
    page: 'docs/credentials.md',
  },
  'auth import': {
    examples: [
      ['qwen-demo auth import --force', 'Replace your login by that of Qwen Code.'],
      ['qwen-demo auth import --profile qwen-code', 'Keep it under a name.'],
    ],
    connects: true,
    page: 'docs/credentials.md',
  },
  'auth logout': {
    examples: [
      ['qwen-demo auth logout --profile work', 'Delete the login and the key of one profile.'],
      ['qwen-demo auth logout --all', 'Delete those of all profiles.'],
    ],
    connects: true,
    page: 'docs/credentials.md',
  },
  chat: {
    examples: [
      ['qwen-demo chat what is a monad', 'Ask, without quotes.'],
      ['git diff | qwen-demo chat "review this change"', 'Ask about what another program prints.'],
      ['qwen-demo chat "explain this" -f main.js -m qwen3-coder-plus', 'Send a file to a model.'],
    ],
    connects: true,
    page: 'docs/conversations.md',
  },
  'list-models': {
    examples: [
      ['qwen-demo list-models', 'List what there is.'],
      ['qwen-demo list-models coder --details', 'Show all that is known of some models.'],
      ['qwen-demo list-models --ability vision --json', 'Print one JSON document.'],
    ],
    connects: true,
    page: 'README.md',
  },
  'validate-models': {
    examples: [
      ['qwen-demo validate-models -m qwen3-coder-plus', 'Fail unless this model passes.'],
      ["qwen-demo validate-models -m 'qwen3-*' --probe chat,tools", 'Test two abilities.'],
      ['qwen-demo validate-models --report junit=report.xml', 'Write a report for CI.'],
    ],
    connects: true,
    page: 'docs/recipes.md',
  },
  'validate-models merge': {
    examples: [
      ['qwen-demo validate-models merge shard-*.json', 'Fail if a model of any shard fails.'],
      [
        'qwen-demo validate-models merge shard-*.json --report junit=all.xml',
        'Make one report for CI.',
      ],
    ],
    connects: false,
    page: 'docs/recipes.md',
  },
  config: {
    examples: [
      ['qwen-demo config', 'Show what is set.'],
      ['qwen-demo config set temperature 0.2', 'Set a default of your own.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'config list': {
    examples: [
      ['qwen-demo config list', 'One KEY=VALUE a line.'],
      ['qwen-demo config list --json', 'Print one JSON document.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'config set': {
    examples: [
      ['qwen-demo config set models.fast qwen3-coder-flash', 'Give a model a name: -m fast.'],
      ['qwen-demo config set model fast --profile work', 'Set the model of one profile.'],
      ['qwen-demo config set fallback_models fast qwen3-coder-plus', 'Set a list.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'config get': {
    examples: [
      ['qwen-demo config get temperature', 'Print a value; exit 2 if there is none.'],
      ['qwen-demo config get models.fast', 'Print what a name for a model stands for.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'config unset': {
    examples: [
      ['qwen-demo config unset temperature', 'Go back to the default.'],
      ['qwen-demo config unset model --profile work', 'Remove the model of one profile.'],
    ],
    connects: false,
    page: 'README.md',
  },
  'auth exec': {
    examples: [
      ['qwen-demo auth exec -- node main.js', 'Run a script that reads OPENAI_API_KEY.'],
      ['qwen-demo auth exec --serve -- codex', 'Keep the login fresh while a tool runs.'],
    ],
    connects: true,
    page: 'docs/tools.md',
  },
  serve: {
    examples: [
      ['qwen-demo serve', 'Serve until Ctrl-C; paste the lines it prints into another terminal.'],
      ['qwen-demo serve --port 4456 --map gpt-4o=qwen3-coder-plus', 'Rename a model.'],
      ['qwen-demo serve --client-key-file key.txt --json', 'For a script: one JSON object a line.'],
    ],
    connects: true,
    page: 'docs/tools.md',
  },
  doctor: {
    examples: [
      ['qwen-demo doctor', 'See what is wrong, and what to type next.'],
      ['qwen-demo doctor --json', 'Print one JSON document.'],
    ],
    connects: true,
    page: 'README.md',
  },
  sandbox: {
    examples: [
      ['qwen-demo sandbox --auto-approve', 'Serve until Ctrl-C; paste the lines it prints.'],
      ['qwen-demo sandbox -- chat hello', 'Run one command against it.'],
      ['qwen-demo sandbox --fault rate-limit -- chat hello', 'See how it deals with a failure.'],
    ],
    connects: false,
    page: 'README.md',
  },
  version: {
    examples: [
      ['qwen-demo version', 'Four lines for a bug report.'],
      ['qwen-demo version --json', 'The same as JSON.'],
    ],
    connects: false,
    page: 'README.md',
  },
  completion: {
    examples: [
      ['eval "$(qwen-demo completion bash)"', 'In ~/.bashrc.'],
      ['qwen-demo completion zsh > ~/.zfunc/_qwen-demo', 'In a folder of $fpath.'],
      ['qwen-demo completion fish > ~/.config/fish/completions/qwen-demo.fish', 'For fish.'],
    ],
    connects: false,
    page: 'README.md',
  },
};
