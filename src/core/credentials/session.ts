import { QwenDemoError, StorageError } from '../errors.ts';
import type { Lock } from '../files/lock.ts';
import type { RefreshControl } from '../oauth/refresh.ts';
import type { TokenResponse } from '../oauth/token.ts';
import type { Clock } from '../ports.ts';
import {
  type Credentials,
  expiresSoon,
  mergeTokenResponse,
  loginExpired,
  notSignedIn,
} from './credentials.ts';
import { type FailureRecord, isDead } from './refresh-failure.ts';
import type { CredentialStore, OnNotice, Saving } from './store.ts';

/** Credentials with a refresh token. */
export type Refreshable = Credentials & { refresh_token: string };

/** What a session is made of. */
export interface SessionOptions {
  store: CredentialStore;
  lock: Lock;
  failures: FailureRecord;
  /**
   * Sends one refresh request. It must settle within 10 s, as `refreshGrant` does: other processes
   * wait for it, and nothing interrupts it once it has been sent, because its response may hold the
   * only valid token.
   */
  refresh: (credentials: Refreshable, control: RefreshControl) => Promise<TokenResponse>;
  /** Called when a refresh has been sent. The function it returns is called when it has ended. */
  holdEnd?: (() => () => void) | undefined;
  clock: Clock;
  onNotice: OnNotice;
}

/** A stored login that any number of processes use and refresh at the same time. */
export interface Session {
  /**
   * Credentials that are valid for 30 s or more. Refreshes them under the lock if they are not.
   * @throws AuthError `not_signed_in`, `login_expired`, `refresh_token_rejected`; StorageError; the
   *   errors of the refresh; the reason of the signal
   */
  getValid(signal?: AbortSignal): Promise<Credentials>;
  /**
   * Credentials with another access token than the one that the API rejected with 401; undefined
   * when they cannot be refreshed.
   * @throws the errors of {@link getValid}
   */
  renew(rejected_access_token: string, signal?: AbortSignal): Promise<Credentials | undefined>;
  /** Refreshes also a token that is valid for long. @throws the errors of {@link getValid} */
  refresh(signal?: AbortSignal): Promise<Credentials>;
  /** Replaces the stored login by a new one. @throws StorageError */
  signIn(credentials: Credentials, signal?: AbortSignal): Promise<void>;
  /** Deletes the login. Resolves to false when there was none. @throws StorageError */
  signOut(signal?: AbortSignal): Promise<boolean>;
}

/**
 * Milliseconds to wait for new credentials after the server rejected the refresh token. A program
 * without the lock may have used it and not yet saved the new one.
 */
const LATE = 1000;
const LOOK_AGAIN = 50;

type IsStale = (credentials: Credentials) => boolean;

/** A session over a store, a lock and a record of failures. */
export function createSession(options: SessionOptions): Session {
  const { store, lock, failures, clock, onNotice } = options;
  /** Credentials that could not be saved. They replace the stored ones while those are unchanged. */
  let unsaved: { credentials: Credentials; replaces: string } | undefined;

  async function load(): Promise<Credentials | undefined> {
    if (!unsaved) return store.load();
    const stored = await store.load().catch(() => undefined);
    return !stored || stored.access_token === unsaved.replaces ? unsaved.credentials : stored;
  }

  async function loadRequired(): Promise<Credentials> {
    const credentials = await load();
    if (credentials) return credentials;
    throw notSignedIn(store.location);
  }

  const expiring: IsStale = (credentials) => expiresSoon(credentials, clock.now());

  /** The stored credentials if they are not stale; else new ones, from the first process to refresh. */
  async function freshen(isStale: IsStale, signal?: AbortSignal): Promise<Credentials> {
    signal?.throwIfAborted();
    const before = await loadRequired();
    if (!isStale(before)) return before;
    const old = await failures.load(requireRefreshable(before).refresh_token);
    if (old?.dead) throw old.error;
    const look = () => lookAgain(isStale, old?.id);
    // The holder of the lock and those who wait look whether another process has refreshed.
    const critical = async () => {
      await store.recover();
      return (await look()) ?? refreshNow(isStale, signal);
    };
    const credentials = await lock.run({ critical, watch: look, signal });
    signal?.throwIfAborted();
    return credentials;
  }

  /**
   * The stored credentials if another process has refreshed them; undefined while they are stale.
   * @throws the error of another process's refresh, if it came while this one waited or is final: if
   *   each process tried again in turn, the last one would wait for all of them
   */
  async function lookAgain(isStale: IsStale, old?: string): Promise<Credentials | undefined> {
    const stored = await loadRequired();
    if (!isStale(stored)) return stored;
    const failure = await failures.load(requireRefreshable(stored).refresh_token);
    if (failure && (failure.dead || failure.id !== old)) throw failure.error;
    return undefined;
  }

  async function refreshNow(isStale: IsStale, signal?: AbortSignal): Promise<Credentials> {
    const stale = requireRefreshable(await loadRequired());
    let release: (() => void) | undefined;
    const onSent = () => {
      release = options.holdEnd?.();
    };
    try {
      return await refreshAndKeep(stale, isStale, { signal, onSent });
    } finally {
      release?.();
    }
  }

  async function refreshAndKeep(stale: Refreshable, isStale: IsStale, control: RefreshControl) {
    const saving = await store.prepare();
    let token: TokenResponse;
    try {
      token = await options.refresh(stale, control);
    } catch (error) {
      await saving.discard();
      if (!(error instanceof QwenDemoError)) throw error;
      const another = isDead(error) && (await changedSoon(stale, isStale));
      if (another) return another;
      await failures.save(stale.refresh_token, error);
      throw error;
    }
    return keep(saving, stale, mergeTokenResponse(stale, token, clock.now()), isStale);
  }

  /** Writes first: until then no other copy of the new tokens exists. */
  async function keep(saving: Saving, stale: Credentials, fresh: Credentials, isStale: IsStale) {
    try {
      await saving.write(fresh);
      const another = await changedSince(stale, isStale);
      if (another) {
        await saving.discard();
        return another;
      }
      await saving.commit();
      unsaved = undefined;
      await failures.clear();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const known = unsaved?.credentials === stale ? unsaved.replaces : stale.access_token;
      unsaved = { credentials: fresh, replaces: known };
      onNotice({
        code: 'credentials_not_saved',
        message:
          `The login was refreshed, but the new tokens could not be saved. ${error.message}. ` +
          'This command uses them; the next one may need a new login.',
      });
    }
    return fresh;
  }

  /** Fresh credentials that a program without the lock has stored meanwhile. */
  async function changedSince(stale: Credentials, isStale: IsStale) {
    const stored = await load().catch(() => undefined);
    const changed = stored && stored.access_token !== stale.access_token && !isStale(stored);
    return changed ? stored : undefined;
  }

  /** The same, within the time that the other program may need to save. */
  async function changedSoon(stale: Credentials, isStale: IsStale) {
    for (const end = clock.monotonic() + LATE; ;) {
      const another = await changedSince(stale, isStale);
      if (another || clock.monotonic() >= end) return another;
      await clock.sleep(LOOK_AGAIN);
    }
  }

  return {
    getValid: (signal) => freshen(expiring, signal),

    async renew(rejected, signal) {
      const isStale: IsStale = (one) => one.access_token === rejected || expiring(one);
      const current = await load();
      if (!current || (isStale(current) && !current.refresh_token)) return undefined;
      return freshen(isStale, signal);
    },

    async refresh(signal) {
      const { access_token } = await loadRequired();
      return freshen((one) => one.access_token === access_token || expiring(one), signal);
    },

    async signIn(credentials, signal) {
      const critical = async () => {
        const saving = await store.prepare();
        await saving.write(credentials);
        await saving.commit();
        unsaved = undefined;
        await failures.clear();
      };
      await lock.run({ critical, signal });
    },

    async signOut(signal) {
      const critical = async () => {
        unsaved = undefined;
        await failures.clear();
        return store.remove();
      };
      return lock.run({ critical, signal });
    },
  };
}

/** @throws AuthError `login_expired` when there is no refresh token */
function requireRefreshable(credentials: Credentials): Refreshable {
  if (isRefreshable(credentials)) return credentials;
  throw loginExpired();
}

function isRefreshable(credentials: Credentials): credentials is Refreshable {
  return credentials.refresh_token !== undefined && credentials.refresh_token !== '';
}
