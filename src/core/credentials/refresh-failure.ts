import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import * as z from 'zod/mini';
import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../errors.ts';
import type { Random } from '../ports.ts';
import { readOwnFile } from '../files/own-file.ts';
import { openReplacement } from '../files/replacement.ts';
import { BY_CREDENTIALS } from '../files/storage-error.ts';
import { parseJson } from '../json.ts';

/**
 * The last refresh that failed. A file beside the credentials, not a field among them: Qwen Code
 * rewrites that file without the fields it does not know. The refresh token itself is not in it.
 */
const failureSchema = z.object({
  /** Of the refresh token that was tried, base64url. */
  refresh_token_sha256: z.string(),
  kind: z.enum(['auth', 'network', 'api', 'quota', 'protocol']),
  code: z.string(),
  message: z.string(),
  hint: z.optional(z.string()),
  /** Makes every failure a new one. */
  id: z.string(),
});

export interface RefreshFailure {
  id: string;
  /** The server refused the token for good: no process ever needs to try it again. */
  dead: boolean;
  error: QwenDemoError;
}

/** What processes tell each other about a refresh that brought no token. */
export interface FailureRecord {
  /** The last failure, if it was with this refresh token. */
  load(refresh_token: string): Promise<RefreshFailure | undefined>;
  /** Records a failure. To be called under the lock. Best effort: never throws. */
  save(refresh_token: string, error: QwenDemoError): Promise<void>;
  clear(): Promise<void>;
}

/** Where the failures of a login in a file are recorded: beside it. */
export function failurePath(credentials_path: string): string {
  return credentials_path.replace(/(\.json)?$/, '.refresh-failure.json');
}

export function createFailureRecord(path: string, random: Random): FailureRecord {
  const place = { path, named: BY_CREDENTIALS };
  return {
    async load(refresh_token) {
      const file = await readOwnFile(place).catch(() => undefined);
      const failure = file && parse(file.text);
      if (!failure || failure.refresh_token_sha256 !== digest(refresh_token)) return undefined;
      const error = revive(failure);
      return { id: failure.id, dead: isDead(error), error };
    },

    async save(refresh_token, { kind, code, message, hint }) {
      if (!(kind in KINDS)) return;
      const id = random.uuid();
      const failure = {
        refresh_token_sha256: digest(refresh_token),
        kind,
        code,
        message,
        hint,
        id,
      };
      const text = `${JSON.stringify(failure, null, 2)}\n`;
      try {
        // One name is enough under the lock, and what a process that died left there goes with it.
        const temporary = `${path}.tmp`;
        await rm(temporary, { force: true });
        const file = await openReplacement(place, temporary);
        await file.write(text);
        await file.commit();
      } catch {
        // Then the next process has to find out for itself.
      }
    },

    async clear() {
      await rm(path, { force: true }).catch(() => {});
    },
  };
}

/** Whether an error says that the refresh token itself is worth nothing any more. */
export function isDead(error: QwenDemoError): boolean {
  return error.code === 'refresh_token_rejected';
}

function parse(text: string): z.infer<typeof failureSchema> | undefined {
  try {
    return failureSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

/** Kinds of error that say something about the server; any other is the business of one process. */
const KINDS = {
  auth: AuthError,
  network: NetworkError,
  api: ApiError,
  quota: QuotaError,
  protocol: ProtocolError,
} as const;

function revive({ kind, code, message, hint }: z.infer<typeof failureSchema>): QwenDemoError {
  const details = { code, ...(hint === undefined ? {} : { hint }), permanent: false };
  return new KINDS[kind](message, details);
}

function digest(refresh_token: string): string {
  return createHash('sha256').update(refresh_token).digest('base64url');
}
