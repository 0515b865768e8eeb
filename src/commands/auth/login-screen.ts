import { describeError } from '../../core/error-report.ts';
import type { DeviceAuthorization } from '../../core/oauth/device-authorization.ts';
import type { Poll } from '../../core/oauth/poll.ts';
import { stringify } from '../../terminal/sanitize.ts';
import type { Context } from '../context.ts';

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
  /** Shows code and page to whoever will approve, while we wait. */
  verification(device: DeviceAuthorization): void;
  /** The same, when nobody waits: `finish` is the command that does the rest. */
  begun(device: DeviceAuthorization, finish: string): Promise<void>;
  poll(poll: Poll): void;
  /** The waiting is over, well or not. */
  close(): void;
  signedIn(login: SignedIn): Promise<void>;
  /** The last that is seen of it; the error is reported on stderr as every other. */
  failed(error: unknown): void;
}

/** One event a line on stdout. */
export function jsonScreen({ terminal, clock }: Context): LoginScreen {
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
        ...(poll.outcome === 'retry' && { reason: poll.cause.message }),
      });
    },
    close() {},
    signedIn(login) {
      line({ type: 'success', ...login });
      return Promise.resolve();
    },
    failed(error) {
      line({ type: 'error', error: describeError(error) });
    },
  };
}
