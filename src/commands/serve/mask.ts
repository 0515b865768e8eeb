/** Hides secrets in bytes that come in pieces. */
export interface Mask {
  /** Withholds the end of the bytes while it may be the beginning of a secret. */
  write(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** Characters of a secret that is looked for. A shorter one, such as `ollama`, is a word. */
const SHORTEST = 8;

/**
 * Writes asterisks for secrets: as many, so that a length that was announced stays right. An event ends
 * with a line feed, which no secret holds, and is never withheld.
 */
export function createMask(values: readonly string[]): Mask {
  const secrets = values.filter(({ length }) => length >= SHORTEST).map((one) => Buffer.from(one));
  const bytesOfSecrets = new Set(secrets.flatMap((one) => [...one]));
  let held: Buffer = Buffer.alloc(0);
  return {
    write(part) {
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      const whole = masked(held.length === 0 ? bytes : Buffer.concat([held, bytes]), secrets);
      const last = whole.at(-1);
      const end =
        last === undefined || !bytesOfSecrets.has(last) ? whole.length : beginning(whole, secrets);
      // A copy: a part keeps all of its buffer in memory.
      held = Buffer.from(whole.subarray(end));
      return whole.subarray(0, end);
    },
    end: () => held,
  };
}

function masked(bytes: Buffer, secrets: readonly Buffer[]): Buffer {
  let copy: Buffer | undefined;
  for (const secret of secrets) {
    for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, at + 1)) {
      copy ??= Buffer.from(bytes);
      copy.fill('*', at, at + secret.length);
    }
  }
  return copy ?? bytes;
}

/** Where the end of the bytes begins that may be the beginning of a secret. */
function beginning(bytes: Buffer, secrets: readonly Buffer[]): number {
  let first = bytes.length;
  for (const secret of secrets) {
    const start = Math.max(0, bytes.length - secret.length + 1);
    for (let at = bytes.indexOf(secret[0] ?? 0, start); at !== -1 && at < first;) {
      const length = bytes.length - at;
      if (bytes.compare(secret, 0, length, at) === 0) first = at;
      at = bytes.indexOf(secret[0] ?? 0, at + 1);
    }
  }
  return first;
}
