import type { DeviceAuthorization } from '../../core/oauth/device-authorization.ts';
import { canOpenBrowser, hyperlink, openBrowser, qrCode } from '../../terminal/web-page.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import { type Spinner, startSpinner } from '../../terminal/spinner.ts';
import { loadStyle } from '../../terminal/style.ts';
import type { OutputStream } from '../../terminal/terminal.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { countdown, fullTime } from '../time.ts';
import type { LoginScreen, SignedIn } from './login-screen.ts';

export interface TextScreenOptions {
  /** Open the page, if there is somebody to see it. */
  browser: boolean;
  /** Show the page as a QR code too, if it can be scanned. */
  qr: boolean;
}

/** Words on stderr, a spinner with the time left, and the outcome on stdout. */
export function textScreen(context: Context, { browser, qr }: TextScreenOptions): LoginScreen {
  const { stdout, stderr } = context.terminal;
  const waiting = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  async function describe(stream: OutputStream, device: DeviceAuthorization): Promise<void> {
    stream.write(await instructions(context, stream, device));
    if (qr) await showQr(context, stream, device);
  }

  async function wait(device: DeviceAuthorization): Promise<void> {
    await describe(stderr, device);
    if (browser) await openPage(context, device);
    if (waiting.signal.aborted) return;
    const spinner = await startSpinner(context.terminal, 'Waiting for approval');
    await turn(context, spinner, device.expires_at, waiting.signal);
  }

  return {
    verification(device) {
      ended = wait(device);
    },
    async begun(device, finish) {
      await describe(stdout, device);
      const left = countdown(device.expires_at - context.clock.now());
      notice(context, `The code is good for ${left} minutes. To finish the login: ${finish}`);
    },
    poll(poll) {
      if (poll.outcome !== 'retry') return;
      notice(context, `${poll.cause.message}; trying again in ${poll.wait} s`);
    },
    close() {
      waiting.abort();
    },
    async signedIn(login) {
      await ended;
      stdout.write(await outcome(context, login));
    },
    failed() {},
  };
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
  else notice(context, 'No QR code is shown: it takes a terminal that is wide enough.');
}

async function openPage(context: Context, device: DeviceAuthorization) {
  if (!canOpenBrowser(context.terminal, context.platform.os)) return;
  const opened = await openBrowser(device.verification_uri_complete ?? device.verification_uri);
  if (!opened) notice(context, 'No browser could be started; open the page yourself.');
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
  const until = fullTime(login.expiry_date, clock.now());
  const rows = [
    ['endpoint', sanitize(login.endpoint ?? 'not known: name one with --base-url')],
    ['token', `good until ${until}${login.refreshable ? ', then refreshed by itself' : ''}`],
    ['kept in', sanitize(login.location)],
    ['test', sanitize(login.test)],
  ];
  const body = rows.map(([name = '', value]) => `  ${style.dim(name.padEnd(9))} ${value}`);
  return wrapFor(terminal.stdout, `${style.green('Signed in.')}\n${body.join('\n')}\n`);
}
