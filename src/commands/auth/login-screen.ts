import type { DeviceAuthorization } from '../../core/oauth/device-authorization.ts';
import type { Poll } from '../../core/oauth/poll.ts';
import { canCopy, canReadKeys, copy, watchKeys } from '../../terminal/keys.ts';
import { sanitize, stringify } from '../../terminal/sanitize.ts';
import { type Spinner, startSpinner } from '../../terminal/spinner.ts';
import { loadStyle } from '../../terminal/style.ts';
import { inCi, type OutputStream, type Terminal } from '../../terminal/terminal.ts';
import { canOpenBrowser, hyperlink, openBrowser, qrCode } from '../../terminal/web-page.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import type { Context } from '../context.ts';
import { reportOf } from '../hint-commands.ts';
import { notice } from '../notice.ts';
import { secretsOfRun } from '../secrets.ts';
import { countdown, fullTime } from '../time.ts';

/** A login that was stored and tested. */
export interface SignedIn {
  /** The API base URL; undefined when neither the issuer nor the user named one. */
  endpoint: string | undefined;
  /** Milliseconds since the epoch. */
  expiry_date: number;
  /** Whether there is a refresh token. */
  refreshable: boolean;
  /** Where the credentials are stored. */
  location: string;
  /** The result of the test request: `ok, …`, or why it was not sent. */
  test: string;
}

/** What a login shows: text for a person, or JSON for a script. */
export interface LoginScreen {
  /**
   * Shows the code and the page, and that the program waits.
   * @param steps the commands of the same login in two steps, for where no terminal shows the code
   */
  verification(device: DeviceAuthorization, steps?: readonly [string, string]): void;
  /** Shows the code and the page. `finish` is the command that completes the login. */
  begun(device: DeviceAuthorization, finish: string): Promise<void>;
  /** Shows a poll after which the program goes on waiting. */
  poll(poll: Poll): void;
  /** Ends the waiting, at success and at failure. */
  close(): void;
  signedIn(login: SignedIn): Promise<void>;
  /** Shows the error of the login, which is reported on stderr too. */
  failed(error: unknown): void;
}

/** Events on stdout, one JSON object a line. */
export function jsonScreen(context: Context): LoginScreen {
  const { terminal, clock } = context;
  const line = (value: unknown) => terminal.stdout.write(`${stringify(value)}\n`);

  function verification(device: DeviceAuthorization): void {
    const { user_code, verification_uri, verification_uri_complete, interval } = device;
    const expires_in = Math.max(0, Math.round((device.expires_at - clock.now()) / 1000));
    line({
      type: 'verification',
      user_code,
      verification_uri,
      verification_uri_complete,
      expires_in,
      interval,
    });
  }

  return {
    verification,
    begun(device) {
      verification(device);
      return Promise.resolve();
    },
    poll(poll) {
      const { outcome, wait } = poll;
      line({
        type: outcome,
        wait,
        ...(poll.outcome === 'retry' && {
          reason: secretsOfRun(context).redact(poll.cause.message),
        }),
      });
    },
    close() {},
    signedIn(login) {
      line({ type: 'success', ...login });
      return Promise.resolve();
    },
    failed(error) {
      line({ type: 'error', error: reportOf(context, error) });
    },
  };
}

/** What the text of a login includes. */
export interface TextScreenOptions {
  /** Open the page in a browser, where there is one: at once, when Enter is pressed, or never. */
  browser: 'at-once' | 'on-enter' | 'never';
  /** Show the page as a QR code too, where the terminal is large enough. */
  qr: boolean;
}

/** Text on stderr, a spinner with the time left, and the result on stdout. */
export function textScreen(context: Context, { browser, qr }: TextScreenOptions): LoginScreen {
  const { stdout, stderr } = context.terminal;
  const waiting = new AbortController();
  let shown: Promise<void> = Promise.resolve();

  async function describe(stream: OutputStream, device: DeviceAuthorization): Promise<void> {
    stream.write(await instructions(context, stream, device));
    if (qr) await showQr(context, stream, device);
  }

  async function showWaiting(
    device: DeviceAuthorization,
    steps: readonly [string, string] | undefined,
  ): Promise<void> {
    await describe(stderr, device);
    if (steps && !isWatched(context.terminal)) notice(context, inTwoSteps(steps));
    if (waiting.signal.aborted) return;
    watchForKeys(context, device, { browser, end: waiting.signal });
    if (browser === 'at-once') await openPage(context, device);
    if (waiting.signal.aborted) return;
    const spinner = await startSpinner(context.terminal, 'Waiting for approval');
    await spin(context, spinner, device.expires_at, waiting.signal);
  }

  return {
    verification(device, steps) {
      shown = showWaiting(device, steps);
    },
    async begun(device, finish) {
      await describe(stdout, device);
      const left = countdown(device.expires_at - context.clock.now());
      notice(context, `The code expires in ${left} minutes. To finish the login: ${finish}`);
    },
    poll(poll) {
      if (poll.outcome !== 'retry') return;
      notice(context, `${poll.cause.message}; trying again in ${poll.wait} s`);
    },
    close() {
      waiting.abort();
    },
    async signedIn(login) {
      await shown;
      stdout.write(await result(context, login));
    },
    failed() {},
  };
}

/** Whether a person sees at once what is written to stderr. */
function isWatched({ stderr, env }: Terminal): boolean {
  return stderr.isTTY === true && !inCi(env);
}

function inTwoSteps([begin, finish]: readonly [string, string]): string {
  return (
    'No terminal shows this code. When nobody reads it in time, sign in with two commands that do ' +
    `not wait for each other:\n  ${begin}\n  ${finish}`
  );
}

async function instructions(
  { terminal }: Context,
  stream: OutputStream,
  device: DeviceAuthorization,
): Promise<string> {
  const style = await loadStyle(stream, terminal.env);
  const { verification_uri, verification_uri_complete } = device;
  const lines = [
    `Open ${await hyperlink(stream, verification_uri)}`,
    `and enter the code ${style.bold(sanitize(device.user_code))}`,
  ];
  if (verification_uri_complete !== undefined) {
    lines.push('', `or open ${await hyperlink(stream, verification_uri_complete)}`);
  }
  return wrapFor(stream, `${lines.join('\n')}\n\n`);
}

async function showQr(context: Context, stream: OutputStream, device: DeviceAuthorization) {
  const page = device.verification_uri_complete ?? device.verification_uri;
  const code = await qrCode(stream, context.terminal.env, page);
  if (code !== undefined) stream.write(`${code}\n`);
  else notice(context, 'No QR code is shown: it needs a terminal that is wide enough.');
}

/** Offers the keys that have an effect here: `c` copies the code, Enter opens the page. */
function watchForKeys(
  context: Context,
  device: DeviceAuthorization,
  { browser, end }: Pick<TextScreenOptions, 'browser'> & { end: AbortSignal },
): void {
  const { terminal, platform } = context;
  const copies = canCopy(terminal.env);
  const opens = browser !== 'never' && canOpenBrowser(terminal, platform.os);
  if (!(copies || opens) || !canReadKeys(terminal, platform.os)) return;
  const offers = [copies && 'c copies the code', opens && 'Enter opens the page'];
  let opening = false;

  function onKey(key: string): void {
    if (copies && key.toLowerCase() === 'c') {
      copy(terminal.stderr, terminal.env, sanitize(device.user_code).replaceAll(/\s+/g, ' '));
    } else if (opens && !opening && (key === '\r' || key === '\n')) {
      opening = true;
      void openPage(context, device).finally(() => {
        opening = false;
      });
    }
  }

  watchKeys(terminal.stdin, end, onKey);
  notice(context, `Keys: ${offers.filter(Boolean).join(', ')}.\n`);
}

async function openPage(context: Context, device: DeviceAuthorization) {
  const { terminal, platform } = context;
  if (!canOpenBrowser(terminal, platform.os)) return;
  const page = device.verification_uri_complete ?? device.verification_uri;
  const opened = await openBrowser(page, { env: terminal.env, platform: platform.os });
  if (!opened) notice(context, 'No browser could be started; open the page yourself.');
}

async function spin({ clock }: Context, spinner: Spinner, until: number, end: AbortSignal) {
  try {
    while (clock.now() < until) {
      spinner.update(`Waiting for approval, ${countdown(until - clock.now())} left`);
      await clock.sleep(1000, end);
    }
  } catch (error) {
    if (!end.aborted) throw error;
  } finally {
    spinner.stop();
  }
}

async function result({ terminal, clock }: Context, login: SignedIn): Promise<string> {
  const style = await loadStyle(terminal.stdout, terminal.env);
  const until = fullTime(login.expiry_date, clock.now());
  const rows = [
    ['endpoint', sanitize(login.endpoint ?? 'not known: name one with --base-url')],
    ['token', `valid until ${until}${login.refreshable ? ', refreshed automatically' : ''}`],
    ['location', sanitize(login.location)],
    ['test', sanitize(login.test)],
  ];
  const body = rows.map(([name = '', value]) => `  ${style.dim(name.padEnd(9))} ${value}`);
  return wrapFor(terminal.stdout, `${style.green('Signed in.')}\n${body.join('\n')}\n`);
}
