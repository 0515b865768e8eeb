import * as z from 'zod/mini';
import { StorageError } from '../errors.ts';
import { CLIENT_AUTH_METHODS } from '../oauth/client.ts';
import { deviceAuthorizationSchema } from '../oauth/device-authorization.ts';
import { jsonOrUndefined } from '../json.ts';
import { STORES } from '../settings/definitions.ts';
import type { Clock } from '../ports.ts';
import { deleteLeftovers, type Writer } from '../files/leftover.ts';
import { readOwnFile } from '../files/own-file.ts';
import { patientFiles } from '../files/patience.ts';
import { replaceOwnFile } from '../files/replacement.ts';
import { SETTING_HOME, storageError } from '../files/storage-error.ts';

const namedByFlagSchema = z.object({
  issuer: z.exactOptional(z.string()),
  client_id: z.exactOptional(z.string()),
  scope: z.exactOptional(z.string()),
  resource: z.exactOptional(z.array(z.string())),
  device_endpoint: z.exactOptional(z.string()),
  token_endpoint: z.exactOptional(z.string()),
  trust_host: z.exactOptional(z.array(z.string())),
  param: z.exactOptional(z.array(z.string())),
  base_url: z.exactOptional(z.string()),
  allow_http: z.exactOptional(z.boolean()),
  credentials: z.exactOptional(z.string()),
});

/** The settings that were named by flag, which the profile of the login remembers. */
export type NamedByFlag = z.infer<typeof namedByFlagSchema>;

/** A login that waits for approval, with all that completes it. Plain JSON that holds secrets. */
const pendingLoginSchema = z.object({
  server: z.object({
    issuer: z.string(),
    device_authorization_endpoint: z.string(),
    token_endpoint: z.string(),
    revocation_endpoint: z.exactOptional(z.string()),
  }),
  client_id: z.string(),
  client_secret: z.optional(z.string()),
  /** The ways to send the secret, in the order in which they are tried. */
  token_endpoint_auth_methods: z.optional(z.array(z.enum(CLIENT_AUTH_METHODS))),
  scope: z.optional(z.string()),
  /** Whether the user named an endpoint. */
  by_hand: z.optional(z.boolean()),
  trust_host: z.optional(z.array(z.string())),
  param: z.optional(z.array(z.string())),
  /** RFC 8707: the APIs that the tokens are for. */
  resource: z.optional(z.array(z.string())),
  /** The API base URL that the user named for the login. */
  base_url: z.optional(z.string()),
  store: z.enum(STORES),
  /** The credentials file, an absolute path; in a keyring, the name of the account. */
  path: z.string(),
  named: namedByFlagSchema,
  device: deviceAuthorizationSchema,
});

/** See `pendingLoginSchema`. */
export type PendingLogin = z.infer<typeof pendingLoginSchema>;

/** The file of a pending login, mode 0600. Every method throws StorageError. */
export interface PendingLoginFile {
  /** Undefined when there is none. StorageError `pending_login_corrupt` for anything else in it. */
  load(): Promise<PendingLogin | undefined>;
  save(login: PendingLogin): Promise<void>;
  remove(): Promise<void>;
}

/** Opens the file of a pending login, which need not exist. */
export function pendingLoginFile(
  path: string,
  { clock, random, self }: Writer & { clock: Pick<Clock, 'sleep'> },
): PendingLoginFile {
  const ref = { path, setting: SETTING_HOME, clock };
  return {
    async load() {
      const file = await readOwnFile(ref);
      if (!file) return undefined;
      const login = pendingLoginSchema.safeParse(jsonOrUndefined(file.text)).data;
      if (login) return login;
      throw new StorageError(`${path} does not hold a pending login`, {
        code: 'pending_login_corrupt',
        hint: 'Begin again: qwen-demo auth login --init-only',
      });
    },

    async save(login) {
      await replaceOwnFile(ref, `${JSON.stringify(login, null, 2)}\n`, { random, self });
    },

    async remove() {
      try {
        const files = patientFiles(clock);
        await deleteLeftovers(files, path, self, { all: true });
        await files.rm(path, { force: true });
      } catch (error) {
        throw storageError('delete', ref, error);
      }
    },
  };
}
