/** The tables of flags, variables and exit codes: of the help, and of the README, where they are the same. */

/** One setting. Words in backticks are typed as they are. */
export interface SettingRow {
  flag: string;
  variables: string;
  default: string;
  /**
   * The command that reads it; otherwise every command with a connection does. `profiles`: these, and
   * those that show or change profiles.
   */
  of?: 'every command' | 'profiles' | 'auth login' | 'auth import' | 'chat' | 'validate-models';
}

/** The settings, each by its flag, its variables and its default. */
export const SETTING_ROWS: readonly SettingRow[] = [
  {
    flag: '`--profile NAME`',
    variables: '`QWEN_DEMO_PROFILE`',
    default: 'the one of `auth switch` (`default_profile` in `config.json`), else `default`',
    of: 'profiles',
  },
  {
    flag: '`--credentials FILE`',
    variables: '`QWEN_DEMO_CREDENTIALS`',
    default:
      '`oauth_creds.json`, or `oauth_creds.NAME.json` for another profile, in the configuration folder',
  },
  {
    flag: '`--read-only-credentials`',
    variables: '`QWEN_DEMO_READ_ONLY_CREDENTIALS` (`true` or `false`)',
    default: 'the stored login is refreshed and written',
  },
  {
    flag: '`--store file|keyring` (`auth login` only)',
    variables: '',
    default: '`file`',
  },
  {
    flag: '',
    variables: '`QWEN_DEMO_HOME` (the configuration folder)',
    default:
      'the folder `qwen-demo` in `$XDG_CONFIG_HOME` or `~/.config`; on macOS `~/Library/Preferences/qwen-demo`, on Windows `%APPDATA%\\qwen-demo\\Config`',
    of: 'every command',
  },
  {
    flag: '`--base-url URL`',
    variables:
      '`OPENAI_BASE_URL`, `OPENAI_API_BASE`, `DASHSCOPE_BASE_URL`; `OLLAMA_HOST`, if nothing else names an access and you are not signed in',
    default: 'by the plan, or the kind of key',
  },
  {
    flag: '`--allow-http`',
    variables: '`QWEN_DEMO_ALLOW_HTTP`',
    default: 'plain http only on this machine and in local networks',
  },
  {
    flag: '`--plan standard|coding|token`, `--region cn|intl|us|hk|de|jp`, `--workspace ID` (`standard` only; `de` and `jp` need one)',
    variables: '',
    default: '`standard`, `cn`, the shared address',
  },
  {
    flag: '',
    variables:
      '`DASHSCOPE_API_KEY`, `BAILIAN_CODING_PLAN_API_KEY`, `BAILIAN_TOKEN_PLAN_API_KEY` (or `ALIBABA_` for `BAILIAN_`), `OPENAI_API_KEY` (only with a base URL)',
    default: 'the stored key',
  },
  {
    flag: '`--auth oauth|api-key`',
    variables: '`QWEN_DEMO_AUTH`',
    default: 'the key if one is set or a base URL is given, else the login',
  },
  {
    flag: '`-m, --model` (`chat`)',
    variables: '`QWEN_DEMO_MODEL`, `OPENAI_MODEL`, `QWEN_MODEL`',
    default: '`qwen3-coder-plus`',
    of: 'chat',
  },
  {
    flag: '`--issuer URL`',
    variables:
      "`QWEN_DEMO_ISSUER` (with discovery), `QWEN_DEMO_OAUTH_BASE_URL` (with Qwen's paths)",
    default: "Qwen's",
  },
  {
    flag: '`--client-id ID`',
    variables: '`QWEN_DEMO_CLIENT_ID`',
    default: "Qwen's at Qwen; that of the stored login at its issuer; every other issuer needs one",
  },
  {
    flag: '`--scope`, `--resource`',
    variables: '`QWEN_DEMO_SCOPE`',
    default:
      "Qwen's at Qwen; those of the stored login at its issuer; elsewhere `openid` and `offline_access`, if the issuer lists them",
  },
  {
    flag: '`--device-endpoint URL`, `--token-endpoint URL` (`auth login` only)',
    variables: '',
    default: 'those that the issuer publishes',
  },
  {
    flag: '`--trust-host HOST` (`auth login` only)',
    variables: '',
    default: 'the endpoints of an issuer must be on its own host',
  },
  {
    flag: '`--param NAME=VALUE` (`auth login` only)',
    variables: '',
    default: 'no more fields in the request for a code',
  },
  {
    flag: '`--client-secret-file FILE`, `-` for standard input (`auth login` only)',
    variables: '`QWEN_DEMO_CLIENT_SECRET`',
    default: 'the client is public',
    of: 'auth login',
  },
  {
    flag: '`--user-agent`',
    variables: '`QWEN_DEMO_USER_AGENT`',
    default: '`qwen-demo/VERSION (platform; arch)`',
  },
  {
    flag: "`--header 'Name: value'`, repeatable",
    variables: '`QWEN_DEMO_HEADERS` (one header a line, or a JSON object)',
    default: 'none; a profile has them under `headers`',
  },
  {
    flag: '`--api-key-header NAME`',
    variables: '`QWEN_DEMO_API_KEY_HEADER`',
    default: '`Authorization: Bearer KEY`',
  },
  {
    flag: '`--timeout`',
    variables: '`QWEN_DEMO_TIMEOUT`',
    default:
      '10 s to connect (with the flag at most 30 s), 60 s to the first byte, connecting included (10 min until an answer to `chat` begins, 15 s for the metadata of an issuer); then 120 s between two pieces of an answer, whatever else comes; 60 s in all for a login, a list of models and the text of a refusal',
  },
  {
    flag: '`--max-retries`',
    variables: '`QWEN_DEMO_MAX_RETRIES`',
    default: '2, as long as nothing of an answer was shown; not counted while a model loads',
  },
  {
    flag: '`--raw-thinking` (`chat`)',
    variables: '`QWEN_DEMO_RAW_THINKING` (`true` or `false`)',
    default: 'a `<think>` block of an answer is reasoning',
  },
  {
    flag: '`--max-answer SIZE` (`chat`, `validate-models`)',
    variables: '`QWEN_DEMO_MAX_ANSWER`',
    default:
      '`32MiB` of text, reasoning and tool arguments; `validate-models` counts all bytes, and divides it among the models that it tests at once (at least 1 MiB each)',
  },
  {
    flag: '`--sanitize`',
    variables: '',
    default: 'on for a terminal, off for a pipe',
  },
  {
    flag: '`--trace`',
    variables: '',
    default: 'off; shows method, URL, status, times, sizes and events of each request on stderr',
  },
  {
    flag: '`--trace-har FILE`',
    variables: '',
    default: 'off; writes all requests to a HAR file, which browsers open',
  },
  {
    flag: '`--debug`',
    variables: '',
    default: 'off; shows where each setting comes from, requests and stack traces on stderr',
  },
  {
    flag: '',
    variables:
      '`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` (also `socks5://`, `socks5h://`, `socks://`), `NO_PROXY`, each also in lower case, `NODE_EXTRA_CA_CERTS`',
    default: '',
  },
  {
    flag: '',
    variables: '`NO_COLOR`, `FORCE_COLOR`',
    default: 'colors on a terminal only',
    of: 'every command',
  },
  {
    flag: '`--no-browser` (`auth login` only)',
    variables: '`BROWSER`, `CI`',
    default: 'the browser opens at a terminal with a display',
    of: 'auth login',
  },
  {
    flag: '',
    variables: '`QWEN_HOME` (`auth import` only)',
    default: '`~/.qwen`',
    of: 'auth import',
  },
  {
    flag: '`--report github`',
    variables: '`GITHUB_STEP_SUMMARY`',
    default: 'no summary',
    of: 'validate-models',
  },
];

/** The exit codes and what they mean. */
export const EXIT_CODE_ROWS: readonly (readonly [codes: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'a bug in this program'],
  [
    '2',
    'wrong flag or setting, no prompt, an input that is missing, too large or not text, an old Node',
  ],
  ['3', 'not signed in, refused, expired, denied'],
  ['4', 'unreachable, DNS, TLS, time-out'],
  [
    '5',
    'the API refused the request: unknown model, bad request, content filter, 5xx after retries',
  ],
  ['6', 'rate limit or quota'],
  [
    '7',
    'the protocol does not allow it: truncated stream, web page, malformed JSON, redirect; or the answer does not have what `--json-schema` or `-x` asks for',
  ],
  [
    '8',
    'a file of yours or of the program is unreadable, unwritable, corrupt or locked, or there is too little memory',
  ],
  ['9', '`validate-models`: a required model failed'],
  [
    '129, 130, 141, 143',
    'SIGHUP, SIGINT, the output is closed (EPIPE, or EIO from a terminal that is gone), SIGTERM',
  ],
];
