import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { readOwnFile } from '../files/own-file.ts';
import { patientFiles } from '../files/patience.ts';
import { openReplacement } from '../files/replacement.ts';
import { SETTING_CREDENTIALS } from '../files/storage-error.ts';
import { jsonOrUndefined } from '../json.ts';

/**
 * The last refresh that failed. It has a file of its own, because Qwen Code rewrites the credentials
 * without unknown fields. The file holds no refresh token.
 */
const failureSchema = z.object({
  /** Of the refresh token that was sent, base64url. */
  refresh_token_sha256: z.string(),
  kind: z.enum(['auth', 'network', 'api', 'quota', 'protocol']),
  code: z.string(),
  message: z.string(),
  hint: z.optional(z.string()),
  /** Unique, so that two failures with the same error differ. */
  id: z.string(),
});

/** A refresh that failed, as the processes read it that wait for its result. */
export interface RefreshFailure {
  id: string;
  /** Whether the server rejected the refresh token: no process sends it again. */
  rejected: boolean;
  error: QwenDemoError;
}

/** The record of the last refresh that failed. Other processes read it. */
export interface FailureRecord {
  /** The last failure, if it was with this refresh token. Never throws. */
  load(refresh_token: string): Promise<RefreshFailure | undefined>;
  /** Records a failure. The caller holds the lock. Never throws. */
  save(refresh_token: string, error: QwenDemoError): Promise<void>;
  /** Deletes the record. Never throws. */
  clear(): Promise<void>;
}

/** The path of the record: beside the credentials file. */
export function failurePath(credentials_path: string): string {
  return credentials_path.replace(/(\.json)?$/, '.refresh-failure.json');
}

/** Opens the record at `path`, which need not exist. */
export function createFailureRecord(
  path: string,
  { clock, random }: { clock: Pick<Clock, 'sleep'>; random: Random },
): FailureRecord {
  const ref = { path, setting: SETTING_CREDENTIALS, clock };
  const files = patientFiles(clock);
  return {
    async load(refresh_token) {
      const file = await readOwnFile(ref).catch(() => undefined);
      const failure = file && parse(file.text);
      if (!failure || failure.refresh_token_sha256 !== digest(refresh_token)) return undefined;
      const error = errorOf(failure);
      return { id: failure.id, rejected: isTokenRejected(error), error };
    },

    async save(refresh_token, { kind, code, message, hint }) {
      if (!Object.hasOwn(KINDS, kind)) return;
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
        // One name is enough, because the caller holds the lock. A process that died may have left the file.
        const temporary = `${path}.tmp`;
        await files.rm(temporary, { force: true });
        const file = await openReplacement(ref, temporary);
        await file.write(text);
        await file.commit();
      } catch {
        // Without a record the next process sends its own refresh.
      }
    },

    async clear() {
      for (const one of [path, `${path}.tmp`]) await files.rm(one, { force: true }).catch(() => {});
    },
  };
}

/** Whether the server rejected the refresh token. */
export function isTokenRejected(error: QwenDemoError): boolean {
  return error.code === 'refresh_token_rejected';
}

function parse(text: string): z.infer<typeof failureSchema> | undefined {
  return failureSchema.safeParse(jsonOrUndefined(text)).data;
}

/** The kinds of error that are about the server. Any other kind concerns one process only. */
const KINDS = {
  auth: AuthError,
  network: NetworkError,
  api: ApiError,
  quota: QuotaError,
  protocol: ProtocolError,
} as const;

function errorOf({ kind, code, message, hint }: z.infer<typeof failureSchema>): QwenDemoError {
  const details = { code, ...(hint === undefined ? {} : { hint }), permanent: false };
  return new KINDS[kind](message, details);
}

function digest(refresh_token: string): string {
  return createHash('sha256').update(refresh_token).digest('base64url');
}
