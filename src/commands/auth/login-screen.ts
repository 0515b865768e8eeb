import type { DeviceAuthorization } from '../../core/oauth/device-authorization.ts';
import type { Poll } from '../../core/oauth/device-flow.ts';
import { browserObstacle, openBrowser } from '../../terminal/browser.ts';
import { hyperlink } from '../../terminal/hyperlink.ts';
import { stringify } from '../../terminal/json.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import { type Spinner, startSpinner } from '../../terminal/spinner.ts';
import { loadStyle } from '../../terminal/style.ts';
import type { Context } from '../context.ts';
import { absoluteTime, countdown, relativeTime } from '../time.ts';

/** What the login leads to. */
export interface SignedIn {
  /** Undefined when the issuer did not say and no base URL was named. */
  endpoint: string | undefined;
  /** Milliseconds since the epoch. */
  expiry_date: number;
  /** Whether it can be refreshed without a person. */
  refreshable: boolean;
  /** Where it is kept. */
  location: string;
  /** How the test request went: `ok`, or why not. */
  test: string;
}

/** The person's, or the script's, view of a login. */
export interface LoginScreen {
  /** Shows code and page; opens the browser when there is somebody to see it. */
  verification(device: DeviceAuthorization): void;
  poll(poll: Poll): void;
  /** The waiting is over, well or not. */
  close(): void;
  signedIn(login: SignedIn): Promise<void>;
}

/** One event a line on stdout. */
export function jsonScreen({ terminal, clock }: Context): LoginScreen {
  const line = (value: unknown) => terminal.stdout.write(`${stringify(value)}\n`);
  return {
    verification(device) {
      const { user_code, verification_uri, verification_uri_complete, interval } = device;
      const expires_in = Math.round((device.expires_at - clock.now()) / 1000);
      line({
        type: 'verification',
        user_code,
        verification_uri,
        verification_uri_complete,
        expires_in,
        interval,
      });
    },
    poll({ outcome, wait, cause }) {
      line({ type: outcome, wait, ...(cause && { reason: cause.message }) });
    },
    close() {},
    signedIn(login) {
      line({ type: 'success', ...login });
      return Promise.resolve();
    },
  };
}

/** Words on stderr, a spinner with the time left, and the outcome on stdout. */
export function textScreen(context: Context, browser: boolean): LoginScreen {
  const { terminal } = context;
  const waiting = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  async function show(device: DeviceAuthorization): Promise<void> {
    terminal.stderr.write(await describe(context, device));
    if (browser) await openPage(context, device);
    if (waiting.signal.aborted) return;
    const spinner = await startSpinner(terminal, 'Waiting for approval');
    await turn(context, spinner, device.expires_at, waiting.signal);
  }

  return {
    verification(device) {
      ended = show(device);
    },
    poll({ outcome, wait, cause }) {
      if (outcome !== 'retry' || cause === undefined) return;
      terminal.stderr.write(`${sanitize(cause.message)}; trying again in ${wait} s\n`);
    },
    close() {
      waiting.abort();
    },
    async signedIn(login) {
      await ended;
      terminal.stdout.write(await outcome(context, login));
    },
  };
}

async function describe({ terminal }: Context, device: DeviceAuthorization): Promise<string> {
  const style = await loadStyle(terminal.stderr, terminal.env);
  const { verification_uri, verification_uri_complete } = device;
  const lines = [
    `Open ${await hyperlink(terminal.stderr, verification_uri)}`,
    `and enter the code ${style.bold(sanitize(device.user_code))}`,
  ];
  if (verification_uri_complete !== undefined) {
    lines.push('', `or open ${await hyperlink(terminal.stderr, verification_uri_complete)}`);
  }
  return `${lines.join('\n')}\n\n`;
}

async function openPage({ terminal, platform }: Context, device: DeviceAuthorization) {
  if (browserObstacle(terminal, platform.os) !== undefined) return;
  const opened = await openBrowser(device.verification_uri_complete ?? device.verification_uri);
  if (!opened) terminal.stderr.write('No browser could be started; open the page yourself.\n');
}

async function turn({ clock }: Context, spinner: Spinner, until: number, over: AbortSignal) {
  try {
    while (clock.now() < until) {
      spinner.update(`Waiting for approval, ${countdown(until - clock.now())} left`);
      await clock.sleep(1000, over);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    spinner.stop();
  }
}

async function outcome({ terminal, clock }: Context, login: SignedIn): Promise<string> {
  const style = await loadStyle(terminal.stdout, terminal.env);
  const until = `${absoluteTime(login.expiry_date)} (${relativeTime(login.expiry_date, clock.now())})`;
  const rows = [
    ['endpoint', sanitize(login.endpoint ?? 'not known: name one with --base-url')],
    ['token', `good until ${until}${login.refreshable ? ', then refreshed by itself' : ''}`],
    ['kept in', sanitize(login.location)],
    ['test', sanitize(login.test)],
  ];
  const body = rows.map(([name = '', value]) => `  ${style.dim(name.padEnd(9))} ${value}`);
  return `${style.green('Signed in.')}\n${body.join('\n')}\n`;
}
