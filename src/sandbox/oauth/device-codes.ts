import type { Clock, Random } from '../../core/ports.ts';

export type DeviceCodeState = 'pending' | 'approved' | 'denied' | 'used';

/** One device authorization, from the request until some time after its end. */
export interface DeviceCode {
  readonly device_code: string;
  readonly user_code: string;
  readonly client_id: string;
  readonly scope: string;
  readonly code_challenge: string;
  /** Milliseconds since the epoch. */
  readonly expires_at: number;
  state: DeviceCodeState;
  /** Milliseconds that must lie between two polls; grows with every `slow_down`. */
  interval: number;
  /** When it was last polled, milliseconds since the epoch. */
  polled_at: number | undefined;
}

export interface DeviceCodeOptions {
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'bytes'>;
  /** Seconds a device code lives. */
  device_code_ttl: number;
  /** Seconds between two polls. */
  interval: number;
}

// RFC 8628 §6.1: no vowels, so no words; no digits, so nothing to mistake for a letter.
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const MAX_CODES = 1000;
/** A poll may come this much early, in milliseconds: timers and clocks are not exact. */
const TOLERANCE = 50;
/** The RFC's +5 s has no end; a client that hammers must still be able to recover. */
const MAX_INTERVAL = 60_000;

/** The device codes in use; the oldest gives way when there are too many. */
export class DeviceCodes {
  readonly #options: DeviceCodeOptions;
  readonly #byDeviceCode = new Map<string, DeviceCode>();
  readonly #byUserCode = new Map<string, DeviceCode>();

  constructor(options: DeviceCodeOptions) {
    this.#options = options;
  }

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
      this.#byUserCode.delete(plain(oldest.user_code));
    }
    this.#byDeviceCode.set(code.device_code, code);
    this.#byUserCode.set(plain(code.user_code), code);
    return code;
  }

  get(device_code: string): DeviceCode | undefined {
    return this.#byDeviceCode.get(device_code);
  }

  /** Case, spaces and dashes do not matter (RFC 8628 §6.1); an expired code is not found. */
  find(user_code: string): DeviceCode | undefined {
    const code = this.#byUserCode.get(plain(user_code));
    return code && !this.isExpired(code) ? code : undefined;
  }

  isExpired(code: DeviceCode): boolean {
    return this.#options.clock.now() >= code.expires_at;
  }

  /** The person's decision. False when there is nothing (left) to decide. */
  decide(user_code: string, decision: 'approved' | 'denied'): boolean {
    const code = this.find(user_code);
    if (code?.state !== 'pending') return false;
    code.state = decision;
    return true;
  }

  /** Notes a poll; true when it came too early, which costs the client 5 s from now on. */
  isTooFast(code: DeviceCode): boolean {
    const now = this.#options.clock.now();
    const early = code.polled_at !== undefined && now - code.polled_at < code.interval - TOLERANCE;
    code.polled_at = now;
    // RFC 8628 §3.5: the interval grows by 5 s for this and all subsequent requests.
    if (early) code.interval = Math.min(code.interval + 5000, MAX_INTERVAL);
    return early;
  }
}

function plain(user_code: string): string {
  return user_code.replaceAll(/[^A-Za-z]/g, '').toUpperCase();
}

/** Eight letters as `WDJB-MJHT`: 34 bits. */
function newUserCode(random: Pick<Random, 'bytes'>): string {
  const letters = Array.from(random.bytes(8), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
