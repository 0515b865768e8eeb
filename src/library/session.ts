import { oauthClientOf } from '../core/credentials/client.ts';
import { serverForRefresh } from '../core/credentials/authorization-server.ts';
import {
  type Credentials as StoredCredentials,
  credentialsSchema,
} from '../core/credentials/credentials.ts';
import { createFileSession, createStore } from '../core/credentials/file-session.ts';
import type { FailureRecord, RefreshFailure } from '../core/credentials/refresh-failure.ts';
import {
  createSession as createCoreSession,
  type Session as CoreSession,
} from '../core/credentials/session.ts';
import type { CredentialStore } from '../core/credentials/store.ts';
import { StorageError, UsageError } from '../core/errors.ts';
import type { Lock, LockedWork } from '../core/files/lock.ts';
import { refreshGrant } from '../core/oauth/refresh.ts';
import { isTokenRejected } from '../core/credentials/refresh-failure.ts';
import type { Credentials, Store } from './credentials.ts';
import { type Ports, systemClock, systemRandom } from './ports.ts';
import { sendOf } from './transport.ts';

/** Where a login is kept, and what refreshes it. Either `path` or `store` is needed. */
export interface SessionOptions extends Ports {
  /**
   * A credentials file. Any number of processes can use it: this library, the program and Qwen Code
   * refresh it under the same locks.
   */
  path?: string | undefined;
  /** A store of your own, for this process alone. */
  store?: Store | undefined;
  /** Something that went wrong although the work goes on. Without secrets. */
  onNotice?: ((notice: { code: string; message: string }) => void) | undefined;
}

/** A login that is refreshed before it is used. */
export interface Session {
  /**
   * Credentials that are valid for 30 s or more. All callers at the same time share one refresh. Without a
   * refresh token they are returned as they are, also when they have expired: the API decides.
   * @throws AuthError `not_signed_in`, `refresh_token_rejected`; StorageError; NetworkError;
   *   ProtocolError; the reason of the signal
   */
  getValid(signal?: AbortSignal): Promise<Credentials>;
  /**
   * Credentials with another access token than the one that the API refused with 401; undefined when
   * they cannot be refreshed. @throws the errors of `getValid`
   */
  renew(rejected_access_token: string, signal?: AbortSignal): Promise<Credentials | undefined>;
  /**
   * Replaces the stored login by what `authorizeDevice` resolves to.
   * @throws UsageError `invalid_credentials` without a usable `access_token`: the stored login stays;
   *   StorageError
   */
  signIn(credentials: Credentials, signal?: AbortSignal): Promise<void>;
  /** Deletes the login from a file; a store of your own is yours. @throws StorageError */
  signOut(signal?: AbortSignal): Promise<boolean>;
}

/**
 * Opens a login that any number of processes share in a file, or that this process has in a store.
 * @throws UsageError `conflicting_option` for both `path` and `store`, `invalid_path`; TypeError when
 *   neither is given
 */
export function createSession(options: SessionOptions): Session {
  const { path, store, clock = systemClock, onNotice = () => {} } = options;
  checkPlace(options);
  const send = sendOf(options.transport);
  const shared = {
    clock,
    onNotice,
    refresh: (credentials: StoredCredentials & { refresh_token: string }, control: object) =>
      refreshGrant({
        ...control,
        findServer: (signal) =>
          serverForRefresh(credentials, undefined, { send, signal, allow_http: true }),
        ...oauthClientOf(credentials, { client_id: undefined }),
        refresh_token: credentials.refresh_token,
        resource: credentials.resource,
        send,
        clock,
      }),
  };
  if (store !== undefined) {
    return checked(
      createCoreSession({
        ...shared,
        store: storeOf(store),
        lock: lockOfProcess(),
        failures: failuresOfProcess(),
      }),
    );
  }
  if (path === undefined) throw new TypeError('createSession needs a path or a store');
  const file = { path, self: process, random: systemRandom, clock, onNotice };
  return checked(
    createFileSession({
      ...shared,
      ...file,
      store: createStore({ ...file, store: 'file' }),
    }),
  );
}

function checkPlace({ path, store }: SessionOptions): void {
  if ((path ?? undefined) === undefined) return;
  if ((store ?? undefined) !== undefined) {
    throw new UsageError('createSession takes a path or a store, not both', {
      code: 'conflicting_option',
    });
  }
  if (typeof path !== 'string' || path.trim() === '') {
    throw new UsageError('path is not the name of a file', { code: 'invalid_path' });
  }
}

function checked(session: CoreSession): CoreSession {
  return {
    ...session,
    async signIn(credentials, signal) {
      const { data } = credentialsSchema.safeParse(credentials);
      if (data === undefined) {
        throw new UsageError('signIn needs credentials with an access_token', {
          code: 'invalid_credentials',
          hint: 'Give it what authorizeDevice resolves to.',
        });
      }
      await session.signIn(data, signal);
    },
  };
}

/** New tokens are in the caller's store before they count as saved. */
function storeOf(own: Store): CredentialStore {
  return {
    location: 'the store of the session',
    load: async () => {
      const stored = await attempt('load', () => own.load());
      if (stored === undefined || stored === null) return undefined;
      const { data } = credentialsSchema.safeParse(stored);
      if (data !== undefined) return data;
      throw new StorageError('The store of the session holds no credentials', {
        code: 'credentials_corrupt',
        hint: 'Sign in again: authorizeDevice, then signIn of the session.',
      });
    },
    prepare: async () => {
      let written: Credentials | undefined;
      return {
        write: async (credentials) => {
          written = credentials;
        },
        commit: async () => {
          if (written === undefined) return;
          const credentials = written;
          await attempt('save', () => own.save(credentials));
        },
        discard: async () => {},
      };
    },
    remove: async () => false,
    isUnfinished: async () => false,
    recover: async () => false,
  };
}

/** The message of the caller's error can hold a secret: it is the cause alone. */
async function attempt<T>(action: 'load' | 'save', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StorageError(`The store of the session could not ${action} the login`, {
      code: 'store_failed',
      hint: 'The cause of this error says why.',
      cause,
    });
  }
}

function lockOfProcess(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run<T>({ critical, watch, signal }: LockedWork<T>): Promise<T> {
      const turn = last
        .catch(() => {})
        .then(async () => {
          signal?.throwIfAborted();
          return (await watch?.()) ?? critical();
        });
      last = turn;
      return turn;
    },
  };
}

function failuresOfProcess(): FailureRecord {
  let last: (RefreshFailure & { of: string }) | undefined;
  let count = 0;
  return {
    load: async (refresh_token) => (last?.of === refresh_token ? last : undefined),
    save: async (of, error) => {
      count += 1;
      last = { of, id: String(count), rejected: isTokenRejected(error), error };
    },
    clear: async () => {
      last = undefined;
    },
  };
}
