import type { Clock, Random } from '../../core/ports.ts';

/** Where a device authorization stands. A device code is used after its tokens are issued. */
export type DeviceCodeState = 'pending' | 'approved' | 'denied' | 'used';

/** One device authorization. It stays in memory after its end, so that its code remains known. */
export interface DeviceCode {
  readonly device_code: string;
  readonly user_code: string;
  readonly client_id: string;
  readonly scope: string;
  readonly code_challenge: string;
  /** Milliseconds since the epoch. */
  readonly expires_at: number;
  state: DeviceCodeState;
  /** Least milliseconds between two polls; grows with every `slow_down`. */
  interval: number;
  /** The last poll, in milliseconds since the epoch. */
  polled_at: number | undefined;
}

/** What the store of device codes needs. */
export interface DeviceCodeOptions {
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'bytes'>;
  /** Lifetime of a device code in seconds. */
  device_code_ttl: number;
  /** Seconds between two polls. */
  interval: number;
}

// RFC 8628 §6.1: without vowels no code is a word, without digits no letter looks like one.
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const MAX_CODES = 1000;
/** Milliseconds by which a poll may come early, because timers and clocks are not exact. */
const TOLERANCE = 50;
/** Milliseconds. The RFC sets no limit; with one, a client that polls too fast can recover. */
const MAX_INTERVAL = 60_000;

/** The device codes in memory. A new code replaces the oldest one when there are 1,000. */
export class DeviceCodes {
  readonly #options: DeviceCodeOptions;
  readonly #byDeviceCode = new Map<string, DeviceCode>();
  readonly #byUserCode = new Map<string, DeviceCode>();

  constructor(options: DeviceCodeOptions) {
    this.#options = options;
  }

  /** Starts a device authorization with a new device code and user code. */
  create(client_id: string, scope: string, code_challenge: string): DeviceCode {
    const { clock, random, device_code_ttl, interval } = this.#options;
    const code: DeviceCode = {
      device_code: Buffer.from(random.bytes(32)).toString('base64url'),
      user_code: newUserCode(random),
      client_id,
      scope,
      code_challenge,
      expires_at: clock.now() + device_code_ttl * 1000,
      state: 'pending',
      interval: interval * 1000,
      polled_at: undefined,
    };
    const [oldest] = this.#byDeviceCode.values();
    if (this.#byDeviceCode.size >= MAX_CODES && oldest) {
      this.#byDeviceCode.delete(oldest.device_code);
      this.#byUserCode.delete(normalized(oldest.user_code));
    }
    this.#byDeviceCode.set(code.device_code, code);
    this.#byUserCode.set(normalized(code.user_code), code);
    return code;
  }

  /** Finds a device code, expired or not. */
  get(device_code: string): DeviceCode | undefined {
    return this.#byDeviceCode.get(device_code);
  }

  /** Finds a user code. Ignores case, spaces and dashes (RFC 8628 §6.1), and expired codes. */
  find(user_code: string): DeviceCode | undefined {
    const code = this.#byUserCode.get(normalized(user_code));
    return code && !this.isExpired(code) ? code : undefined;
  }

  /** True from `expires_at` on. */
  isExpired(code: DeviceCode): boolean {
    return this.#options.clock.now() >= code.expires_at;
  }

  /** Approves or denies. False when the code is unknown, expired or already decided. */
  decide(user_code: string, decision: 'approved' | 'denied'): boolean {
    const code = this.find(user_code);
    if (code?.state !== 'pending') return false;
    code.state = decision;
    return true;
  }

  /** Records a poll. True when it came too early. */
  isTooFast(code: DeviceCode): boolean {
    const now = this.#options.clock.now();
    const early = code.polled_at !== undefined && now - code.polled_at < code.interval - TOLERANCE;
    code.polled_at = now;
    // RFC 8628 §3.5: the interval grows by 5 s for this and all subsequent requests.
    if (early) code.interval = Math.min(code.interval + 5000, MAX_INTERVAL);
    return early;
  }
}

function normalized(user_code: string): string {
  return user_code.replaceAll(/[^A-Za-z]/g, '').toUpperCase();
}

/** Eight letters as `WDJB-MJHT`: 34 bits. */
function newUserCode(random: Pick<Random, 'bytes'>): string {
  const letters = Array.from(random.bytes(8), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
