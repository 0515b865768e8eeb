import { QwenDemoError, StorageError } from '../errors.ts';
import type { Lock } from '../files/lock.ts';
import type { RefreshControl } from '../oauth/refresh.ts';
import type { TokenResponse, UnusableTokenResponse } from '../oauth/token.ts';
import type { Clock } from '../ports.ts';
import {
  type Credentials,
  expiresSoon,
  isRefreshable,
  mergeTokenResponse,
  notSignedIn,
  type Refreshable,
  requireRefreshable,
} from './credentials.ts';
import { type FailureRecord, isTokenRejected } from './refresh-failure.ts';
import type { CredentialStore, OnNotice, Saving } from './store.ts';

/** What a session is made of. */
export interface SessionOptions {
  store: CredentialStore;
  lock: Lock;
  failures: FailureRecord;
  /** Sends one refresh request, and settles within 10 s: other processes wait for it. */
  refresh: (
    credentials: Refreshable,
    control: RefreshControl,
  ) => Promise<TokenResponse | UnusableTokenResponse>;
  /** Called when a refresh has been sent. The function it returns is called when it has ended. */
  holdEnd?: (() => () => void) | undefined;
  clock: Clock;
  onNotice: OnNotice;
}

/** A stored login that any number of processes use and refresh at the same time. */
export interface Session {
  /**
   * Credentials that are valid for 30 s or more. Refreshes them under the lock if they are not. If that
   * fails, a token that has not expired is used, and so is one that cannot be refreshed.
   * @throws AuthError `not_signed_in`, `refresh_token_rejected`; StorageError
   *   `locked` and the errors of {@link CredentialStore}; the errors of `refresh` in
   *   {@link SessionOptions}; the reason of the signal
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
  /** Replaces the stored login. @throws StorageError `locked`, the errors of {@link CredentialStore} */
  signIn(credentials: Credentials, signal?: AbortSignal): Promise<void>;
  /** Deletes the login. Resolves to false if there was none. @throws the errors of {@link signIn} */
  signOut(signal?: AbortSignal): Promise<boolean>;
}

/** After a rejection, a program without the lock may not yet have saved a new token. */
const OTHER_SAVE_TIMEOUT_MS = 1000;
const OTHER_SAVE_CHECK_MS = 50;

type IsStale = (credentials: Credentials) => boolean;

/**
 * A session over a store, a lock and a record of failures. One process refreshes stale credentials,
 * and the others use its result:
 *
 * 1. Load the stored credentials. If they are not stale, return them.
 * 2. Wait for the lock. If another process has refreshed, return its credentials or throw its error.
 * 3. With the lock, complete the save of a process that died, and check the store again.
 * 4. Prepare the save, so that a full disk fails before the refresh token is used.
 * 5. Send the refresh, and save the new tokens unless a program without the lock has saved others.
 * 6. If the server rejects the refresh token, wait up to 1 s for the save of such a program. If the
 *    refresh fails, record the failure for the processes that wait.
 */
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

  /** Returns stored credentials unless stale. Else one process refreshes and the others use its result. */
  async function ensureFresh(isStale: IsStale, signal?: AbortSignal): Promise<Credentials> {
    signal?.throwIfAborted();
    const before = await loadRequired();
    if (!isStale(before)) return before;
    const failure = await failures.load(requireRefreshable(before).refresh_token);
    if (failure?.rejected) throw failure.error;
    const watch = () => checkStored(isStale, failure?.id);
    const critical = async () => {
      await store.recover();
      return (await watch()) ?? refreshUnderLock(isStale, signal);
    };
    const credentials = await lock.run({ critical, watch, signal });
    signal?.throwIfAborted();
    return credentials;
  }

  /**
   * The stored credentials if another process has refreshed them; undefined while they are stale.
   * @param known id of the failure that was recorded before the wait
   * @throws the error of another process's refresh, if it is final or came during the wait: if each
   *   process tried again in turn, the last one would wait for all of them
   */
  async function checkStored(isStale: IsStale, known?: string): Promise<Credentials | undefined> {
    const stored = await loadRequired();
    if (!isStale(stored)) return stored;
    const failure = await failures.load(requireRefreshable(stored).refresh_token);
    if (failure && (failure.rejected || failure.id !== known)) throw failure.error;
    return undefined;
  }

  /** Sends the refresh, and defers a hard end of the process from then until the tokens are saved. */
  async function refreshUnderLock(isStale: IsStale, signal?: AbortSignal): Promise<Credentials> {
    const stale = requireRefreshable(await loadRequired());
    let release: (() => void) | undefined;
    const onSent = () => void (release = options.holdEnd?.());
    return sendRefresh(stale, isStale, { signal, onSent }).finally(() => release?.());
  }

  async function sendRefresh(stale: Refreshable, isStale: IsStale, control: RefreshControl) {
    const saving = await store.prepare();
    let response: TokenResponse | UnusableTokenResponse;
    try {
      response = await options.refresh(stale, control);
    } catch (error) {
      await saving.discard();
      if (!(error instanceof QwenDemoError)) throw error;
      const other = isTokenRejected(error) && (await waitForOtherSave(stale, isStale));
      if (other) return other;
      await failures.save(stale.refresh_token, error);
      throw error;
    }
    if ('error' in response) {
      const { refresh_token, error } = response;
      await saveTokens(saving, stale, { ...stale, refresh_token }, isStale);
      await failures.save(refresh_token, error);
      throw error;
    }
    return saveTokens(saving, stale, mergeTokenResponse(stale, response, clock.now()), isStale);
  }

  /** Writes before any other step: until then no other copy of the new tokens exists. */
  async function saveTokens(
    saving: Saving,
    stale: Credentials,
    fresh: Credentials,
    isStale: IsStale,
  ) {
    try {
      await saving.write(fresh);
      const other = await savedByOther(stale, isStale);
      if (other) {
        await saving.discard();
        return other;
      }
      await saving.commit();
      unsaved = undefined;
      await failures.clear();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const replaces = unsaved?.credentials === stale ? unsaved.replaces : stale.access_token;
      unsaved = { credentials: fresh, replaces };
      onNotice({
        code: 'credentials_not_saved',
        message:
          `The login was refreshed, but the new tokens could not be saved. ${error.message}. ` +
          'This command uses them; the next one may need a new login.',
      });
    }
    return fresh;
  }

  /** Fresh credentials that a program without the lock has saved since `stale` was loaded. */
  async function savedByOther(stale: Credentials, isStale: IsStale) {
    const stored = await load().catch(() => undefined);
    return stored && stored.access_token !== stale.access_token && !isStale(stored)
      ? stored
      : undefined;
  }

  async function waitForOtherSave(stale: Credentials, isStale: IsStale) {
    for (const end = clock.monotonic() + OTHER_SAVE_TIMEOUT_MS; ;) {
      const other = await savedByOther(stale, isStale);
      if (other || clock.monotonic() >= end) return other;
      await clock.sleep(OTHER_SAVE_CHECK_MS);
    }
  }

  return {
    async getValid(signal) {
      const stored = await loadRequired();
      // The API decides about a token that cannot be refreshed.
      if (!isRefreshable(stored)) return stored;
      try {
        return await ensureFresh(expiring, signal);
      } catch (error) {
        if (!(error instanceof QwenDemoError) || clock.now() >= stored.expiry_date) throw error;
        const message = `${error.message}. The token in use is valid for some seconds more.`;
        onNotice({ code: 'refresh_failed', message });
        return stored;
      }
    },

    async renew(rejected, signal) {
      const current = await load();
      if (!current || !isRefreshable(current)) {
        return current?.access_token === rejected ? undefined : current;
      }
      return ensureFresh((one) => one.access_token === rejected || expiring(one), signal);
    },

    async refresh(signal) {
      const { access_token } = await loadRequired();
      return ensureFresh((one) => one.access_token === access_token || expiring(one), signal);
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
      const critical = () => {
        unsaved = undefined;
        return failures.clear().then(() => store.remove());
      };
      return lock.run({ critical, signal });
    },
  };
}
