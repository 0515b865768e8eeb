import { sanitize, stringify } from '../../terminal/sanitize.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { exportLines } from '../shell.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { secretsOfRun } from '../secrets.ts';
import type { ClientKey } from './client-key.ts';
import type { Served } from './forward.ts';

/** Shows what the endpoint on this machine does: on stdout, as lines or as JSON. */
export interface Screen {
  started(url: string, key: ClientKey): Promise<void>;
  served(request: Served): void;
  /** Shown once until another request succeeds. */
  failed(message: string, hint: string | undefined): void;
  ended(cut_off: number): void;
}

/** Characters of a path or model that are shown. */
const LONGEST = 100;

/** @param json one JSON object a line */
export function createScreen(context: Context, json: boolean): Screen {
  const { clock, terminal } = context;
  const write = (line: string) => void terminal.stdout.write(`${line}\n`);
  const say = (line: string) => write(wrapFor(terminal.stdout, line));
  const event = (type: string, fields: object) => {
    write(stringify({ event: type, time: new Date(clock.now()).toISOString(), ...fields }));
  };
  const start = clock.now();
  const sum = { requests: 0, failed: 0, prompt_tokens: 0, completion_tokens: 0 };
  let last_failure: string | undefined;

  return {
    async started(url, { key, file }) {
      const environment = {
        OPENAI_BASE_URL: url,
        ...(file === undefined && { OPENAI_API_KEY: key }),
      };
      if (json) event('started', { url, environment });
      else {
        for (const line of exportLines(environment)) write(line);
        if (file !== undefined) write(`export OPENAI_API_KEY="$(cat ${quotedPath(file)})"`);
      }
      await new Promise<void>((resolve) => terminal.stdout.write('', () => resolve()));
    },
    served(answered) {
      const request = secretsOfRun(context).redactIn(answered);
      sum.requests += 1;
      const good = request.status !== undefined && request.status < 400 && !request.broken_by;
      if (good) last_failure = undefined;
      else sum.failed += 1;
      sum.prompt_tokens += request.prompt_tokens ?? 0;
      sum.completion_tokens += request.completion_tokens ?? 0;
      if (json) event('request', shown(request));
      else say(lineOf(request, new Date(clock.now())));
    },
    failed(message, hint) {
      if (message === last_failure) return;
      last_failure = message;
      if (json) event('failure', { message, hint });
      else notice(context, [message, hint].filter(Boolean).join('\n  '));
    },
    ended(cut_off) {
      const seconds = Math.round((clock.now() - start) / 1000);
      if (json) return event('ended', { ...sum, cut_off, seconds });
      const { requests, failed, prompt_tokens, completion_tokens } = sum;
      const cut = cut_off === 0 ? '' : `, ${cut_off} cut off`;
      say(
        `${requests} ${requests === 1 ? 'request' : 'requests'} in ${seconds} s, ${failed} failed${cut}; ` +
          `${prompt_tokens} + ${completion_tokens} tokens`,
      );
    },
  };
}

function quotedPath(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function shown(request: Served) {
  const { method, path, model, status, broken_by, ...measured } = request;
  return {
    method,
    path: clipped(path),
    model: model && clipped(model),
    status,
    broken_by,
    ...measured,
  };
}

/** `14:03:09 POST /v1/chat/completions qwen3-coder-plus 200 12+340 tokens 0.41 s 2.10 s` */
function lineOf(request: Served, now: Date): string {
  const { method, path, model, status, broken_by, first_token_ms, total_ms } = request;
  const { prompt_tokens: prompt, completion_tokens: completion } = request;
  const tokens =
    prompt === undefined && completion === undefined
      ? ''
      : `${prompt ?? '?'}+${completion ?? '?'} tokens`;
  const cells = [
    now.toTimeString().slice(0, 8),
    method,
    clipped(path),
    model === undefined ? '' : clipped(model),
    status === undefined ? '-' : String(status),
    tokens,
    first_token_ms === undefined ? '' : `first ${seconds(first_token_ms)}`,
    seconds(total_ms),
    broken_by === undefined ? '' : `broken off by the ${broken_by}`,
  ];
  return cells.filter((cell) => cell !== '').join(' ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** One line, without control characters: paths and models come from the client. */
function clipped(text: string): string {
  return sanitize(text.slice(0, LONGEST)).replaceAll(/\s+/g, ' ');
}
