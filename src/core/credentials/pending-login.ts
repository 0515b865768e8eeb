import { rm } from 'node:fs/promises';
import * as z from 'zod/mini';
import { StorageError } from '../errors.ts';
import { deviceAuthorizationSchema } from '../oauth/device-authorization.ts';
import { jsonOrUndefined } from '../json.ts';
import type { Random } from '../ports.ts';
import { readOwnFile } from '../files/own-file.ts';
import { replaceOwnFile } from '../files/replacement.ts';
import { BY_HOME, storageError } from '../files/storage-error.ts';

/** A login between its two halves: all that the second needs, so that it can be another process. */
const pendingLoginSchema = z.object({
  server: z.object({
    issuer: z.string(),
    device_authorization_endpoint: z.string(),
    token_endpoint: z.string(),
    revocation_endpoint: z.exactOptional(z.string()),
  }),
  client_id: z.string(),
  /** RFC 8707: the API that was asked for. */
  resource: z.optional(z.array(z.string())),
  /** The API that the user named for it. */
  base_url: z.optional(z.string()),
  /** Where the credentials are to be kept. */
  credentials: z.string(),
  store: z.enum(['file', 'keyring']),
  /** What was named by flag, for the profile to remember. */
  named: z.object({
    issuer: z.exactOptional(z.string()),
    client_id: z.exactOptional(z.string()),
    scope: z.exactOptional(z.string()),
    resource: z.exactOptional(z.array(z.string())),
    base_url: z.exactOptional(z.string()),
    credentials: z.exactOptional(z.string()),
  }),
  device: deviceAuthorizationSchema,
});

export type PendingLogin = z.infer<typeof pendingLoginSchema>;

/** The file, mode 0600, that a begun login waits in. Every method throws StorageError. */
export interface PendingLoginFile {
  /** Undefined when no login was begun. */
  load(): Promise<PendingLogin | undefined>;
  save(login: PendingLogin): Promise<void>;
  remove(): Promise<void>;
}

export function pendingLoginFile(path: string, random: Random): PendingLoginFile {
  const place = { path, named: BY_HOME };
  return {
    async load() {
      const file = await readOwnFile(place);
      if (!file) return undefined;
      const login = pendingLoginSchema.safeParse(jsonOrUndefined(file.text)).data;
      if (login) return login;
      throw new StorageError(`${path} does not hold a begun login`, {
        code: 'pending_login_corrupt',
        hint: 'Begin again: qwen-demo auth login --init-only',
      });
    },

    async save(login) {
      await replaceOwnFile(place, `${JSON.stringify(login, null, 2)}\n`, random);
    },

    async remove() {
      try {
        await rm(path, { force: true });
      } catch (error) {
        throw storageError('delete', place, error);
      }
    },
  };
}
