// test/core/credentials/.m.ts
import process from "node:process";
import * as fsp from "node:fs/promises";

// src/core/credentials/file-store.ts
import { lstat as lstat2, readdir, rename as rename2, rm as rm2 } from "node:fs/promises";
import { basename, dirname as dirname2, join } from "node:path";

// src/core/errors.ts
var QwenDemoError = class extends Error {
  code;
  hint;
  status;
  request_id;
  said;
  constructor(message, details) {
    super(message, details.cause === void 0 ? void 0 : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.hint = details.hint;
    this.status = details.status;
    this.request_id = details.request_id;
    this.said = details.said;
  }
};
var AuthError = class extends QwenDemoError {
  kind = "auth";
};
var NetworkError = class extends QwenDemoError {
  kind = "network";
};
var ApiError = class extends QwenDemoError {
  kind = "api";
};
var QuotaError = class extends QwenDemoError {
  kind = "quota";
  /** True when waiting a minute does not help: no retry is worth it. */
  permanent;
  constructor(message, details) {
    super(message, details);
    this.permanent = details.permanent;
  }
};
var ProtocolError = class extends QwenDemoError {
  kind = "protocol";
};
var StorageError = class extends QwenDemoError {
  kind = "storage";
};

// src/core/credentials/atomic-write.ts
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

// src/core/credentials/storage-error.ts
function errno(error) {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
var REASONS = {
  ENOSPC: ["disk_full", "the disk is full", "Make room and try again."],
  EDQUOT: ["disk_full", "the disk quota is used up", "Make room and try again."],
  EROFS: ["read_only", "the file system is read-only", "Name another file with --credentials."],
  EACCES: ["no_permission", "permission denied", "Check its owner and permissions."],
  EPERM: ["no_permission", "not permitted", "Check its owner and permissions."],
  ENOTDIR: ["no_folder", "a part of its path is not a folder", "Check --credentials."],
  ELOOP: ["symlink", "it is a symbolic link", "Name the real file with --credentials."],
  EISDIR: ["not_a_file", "it is not a file", "Move it away, or name another with --credentials."]
};
function storageError(action, path2, cause) {
  const name = errno(cause) || "unknown error";
  const [code, what, hint] = REASONS[name] ?? ["storage_failed", name, "Check the file system."];
  return new StorageError(`Cannot ${action} ${path2}: ${what}`, { code, hint, cause });
}

// src/core/credentials/atomic-write.ts
async function writeAtomically(path2, temporary, text) {
  const folder = dirname(path2);
  try {
    await mkdir(folder, { recursive: true, mode: 448 });
    await writeNew(temporary, text, true);
    await rename(temporary, path2);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {
    });
    throw storageError("write", path2, error);
  }
  await flushFolder(folder);
}
async function writeNew(path2, text, flush) {
  const handle = await open(path2, "wx", 384);
  try {
    await handle.writeFile(text);
    if (flush) await handle.sync();
  } catch (error) {
    await rm(path2, { force: true }).catch(() => {
    });
    throw error;
  } finally {
    await handle.close();
  }
}
async function flushFolder(folder) {
  const handle = await open(folder, "r").catch(() => void 0);
  if (!handle) return;
  await handle.sync().catch(() => {
  });
  await handle.close();
}

// src/core/credentials/credentials.ts
import * as z from "zod/mini";
var credentialsSchema = z.looseObject({
  // Visible ASCII, or it could not stand in a header.
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/)),
  refresh_token: z.optional(z.string()),
  token_type: z.optional(z.string()),
  /** Host or URL of the API this login is for; see `endpoint.ts`. */
  resource_url: z.optional(z.string()),
  /** Milliseconds since the epoch. */
  expiry_date: z.number(),
  issuer: z.optional(z.string()),
  client_id: z.optional(z.string()),
  token_endpoint: z.optional(z.string()),
  revocation_endpoint: z.optional(z.string()),
  base_url: z.optional(z.string())
});
var EARLY = 3e4;
var SHORT_LIFE = 300;
function expiresSoon(credentials, now) {
  return now >= credentials.expiry_date - EARLY;
}
function mergeTokenResponse(stored2, token, now, origin = {}) {
  const { access_token, refresh_token, resource_url, expires_in = SHORT_LIFE } = token;
  return {
    ...stored2,
    access_token,
    ...refresh_token === void 0 ? {} : { refresh_token },
    // Qwen Code takes a file without a `token_type` for damaged.
    token_type: token.token_type ?? stored2?.token_type ?? "Bearer",
    ...resource_url === void 0 ? {} : { resource_url },
    expiry_date: now + expires_in * 1e3,
    ...origin
  };
}

// src/core/credentials/regular-file.ts
import { constants } from "node:fs";
import { lstat, open as open2 } from "node:fs/promises";
var SIZE_CAP = 1024 * 1024;
async function readRegularFile(path2, inspect) {
  let handle;
  try {
    handle = await openWithoutSurprise(path2);
  } catch (error) {
    if (errno(error) === "ENOENT") return void 0;
    throw storageError("read", path2, error);
  }
  try {
    const stat2 = await handle.stat({ bigint: true });
    refuseOddities(path2, stat2);
    await inspect?.(handle, stat2);
    return { text: await handle.readFile("utf8"), stat: stat2 };
  } catch (error) {
    throw error instanceof StorageError ? error : storageError("read", path2, error);
  } finally {
    await handle.close();
  }
}
async function openWithoutSurprise(path2) {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  if (O_NOFOLLOW === void 0) {
    const link2 = (await lstat(path2)).isSymbolicLink();
    if (link2) throw Object.assign(new Error("symbolic link"), { code: "ELOOP" });
    return open2(path2, O_RDONLY);
  }
  return open2(path2, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}
function refuseOddities(path2, stat2) {
  const odd = (code, what) => new StorageError(`${path2} is ${what}`, {
    code,
    hint: "Move it away, or name another file with --credentials."
  });
  if (stat2.isSymbolicLink()) throw odd("symlink", "a symbolic link");
  if (stat2.isDirectory()) throw odd("not_a_file", "a folder, not a file");
  if (!stat2.isFile()) throw odd("not_a_file", "not a regular file");
  if (stat2.size > SIZE_CAP) throw odd("too_large", "larger than any file of ours");
}

// src/core/credentials/file-store.ts
function createFileStore(options) {
  const { path: path2, random } = options;
  const prefix = `${basename(path2)}.`;
  async function leftovers() {
    const names = await readdir(dirname2(path2)).catch(() => []);
    return names.filter((name) => name.startsWith(prefix) && name.endsWith(".tmp")).map((name) => join(dirname2(path2), name));
  }
  return {
    location: path2,
    async load() {
      const file = await readRegularFile(path2, (handle, stat2) => vet(options, handle, stat2));
      return file && parse(path2, file.text);
    },
    async save(credentials) {
      await refuseToReplaceOddities(options);
      const text = `${JSON.stringify(credentials, null, 2)}
`;
      await writeAtomically(path2, `${path2}.${random.uuid()}.tmp`, text);
    },
    async remove() {
      try {
        await Promise.all((await leftovers()).map((name) => rm2(name, { force: true })));
        await rm2(path2);
        return true;
      } catch (error) {
        if (errno(error) === "ENOENT") return false;
        throw storageError("delete", path2, error);
      }
    },
    // A process that dies between the answer and the rename has the only copy of the newest refresh
    // token in its temporary file. If that is whole and younger than the file, it is what the
    // process was about to put there.
    async recover() {
      const names = await leftovers();
      if (names.length === 0) return false;
      const current = await readRegularFile(path2);
      const newest = await newestWhole(names, current, options);
      if (newest !== void 0) await rename2(newest, path2);
      await Promise.all(names.map((name) => rm2(name, { force: true })));
      if (newest === void 0) return false;
      options.onNotice({
        code: "save_completed",
        message: `A process died while it saved ${path2}; what it had written was put in place.`
      });
      return true;
    }
  };
}
async function newestWhole(names, current, { self }) {
  let newest;
  let time = current?.stat.mtimeNs;
  if (time === void 0) return void 0;
  for (const name of names) {
    const file = await readRegularFile(name, async (_, stat2) => {
      refuseForeign(name, self, stat2);
    }).catch(() => void 0);
    if (!file || file.stat.mtimeNs <= time || !understand(file.text)) continue;
    newest = name;
    time = file.stat.mtimeNs;
  }
  return newest;
}
function understand(text) {
  try {
    return credentialsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return void 0;
  }
}
function parse(path2, text) {
  const credentials = understand(text);
  if (credentials) return credentials;
  const what = text.trim() === "" ? "is empty" : "does not hold credentials";
  throw new StorageError(`${path2} ${what}`, {
    code: "credentials_corrupt",
    hint: "Put a good copy in its place, or sign in again: qwen-demo auth"
  });
}
async function vet({ path: path2, self, onNotice }, handle, stat2) {
  refuseForeign(path2, self, stat2);
  const mode = Number(stat2.mode & 0o777n);
  if (self.platform === "win32" || (mode & 63) === 0) return;
  const old = mode.toString(8).padStart(4, "0");
  await handle.chmod(384);
  onNotice({
    code: "permissions_repaired",
    message: `${path2} was open to other users (mode ${old}); it is now 0600.`
  });
}
function refuseForeign(path2, self, stat2) {
  const uid = self.getuid?.();
  if (uid === void 0 || stat2.uid === BigInt(uid)) return;
  throw new StorageError(`${path2} belongs to another user (uid ${stat2.uid}, you are ${uid})`, {
    code: "foreign_owner",
    hint: "Run as that user, or name a file of your own with --credentials."
  });
}
async function refuseToReplaceOddities({ path: path2, self }) {
  const stat2 = await lstat2(path2, { bigint: true }).catch(() => void 0);
  if (!stat2) return;
  refuseOddities(path2, stat2);
  refuseForeign(path2, self, stat2);
}

// src/core/credentials/lock-file.ts
import { createHash } from "node:crypto";
import { link, mkdir as mkdir2, readdir as readdir2, rename as rename3, rm as rm3, stat } from "node:fs/promises";
import { basename as basename2, dirname as dirname3, join as join2 } from "node:path";

// src/core/credentials/owner.ts
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import * as z2 from "zod/mini";
var ownerSchema = z2.object({
  /** Where `pid` means something: name of the machine, its boot, its process-id namespace. */
  host: z2.string(),
  boot: z2.string(),
  namespace: z2.string(),
  pid: z2.int().check(z2.positive()),
  /** Clock ticks from boot to the start of the process; empty where that cannot be known. */
  start_time: z2.string(),
  /** Makes every holding of the lock a different one. */
  nonce: z2.string()
});
async function identify(self, nonce) {
  const [boot, namespace, stat2] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    processStat(self.pid)
  ]);
  return {
    host: hostname(),
    boot: boot.trim(),
    namespace,
    pid: self.pid,
    start_time: stat2?.start_time ?? "",
    nonce
  };
}
async function stateOf(owner, here, self) {
  const { host, boot, namespace } = here;
  const near = owner.host === host && owner.boot === boot && owner.namespace === namespace;
  if (!near) return "unknown";
  if (!exists(owner.pid, self)) return "dead";
  const stat2 = await processStat(owner.pid);
  if (!stat2 || owner.start_time === "") return exists(owner.pid, self) ? "unknown" : "dead";
  return stat2.zombie || stat2.start_time !== owner.start_time ? "dead" : "alive";
}
function exists(pid, self) {
  try {
    self.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === "EPERM";
  }
}
async function processStat(pid) {
  const stat2 = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const fields = stat2.slice(stat2.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const start_time = fields[22 - 3];
  if (!state || !start_time) return void 0;
  return { zombie: state === "Z" || state === "X", start_time };
}

// src/core/credentials/lock-file.ts
var NAMELESS_STALE = 35e3;
var DISTANT_STALE = 6e4;
var LITTER_AGE = 6e5;
var DEEPEST_CLAIM = 8;
async function createLockFile(options) {
  const { path: path2, self, clock, random } = options;
  const me = await identify(self, random.uuid());
  const text = `${JSON.stringify(me)}
`;
  const sightings = /* @__PURE__ */ new Map();
  let obstacle = { key: "", holder: "" };
  async function tryAcquire(lock, depth = 0) {
    const holding = await read(lock);
    if (!holding) return create(lock);
    if (depth === 0) obstacle = { key: holding.key, holder: describe(holding.owner) };
    if (!await isStale(holding)) return false;
    return depth < DEEPEST_CLAIM && takeOver(lock, holding, depth);
  }
  async function create(lock) {
    const temporary = await writeTemporary();
    try {
      await link(temporary, lock);
      return true;
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      if (!NO_LINKS.has(errno(error))) throw storageError("make", lock, error);
      return await createWithoutLinks(lock, text);
    } finally {
      await rm3(temporary, { force: true });
    }
  }
  async function takeOver(lock, stale, depth) {
    const claim = `${lock}.${createHash("sha256").update(stale.key).digest("hex").slice(0, 16)}`;
    if (!await tryAcquire(claim, depth + 1)) return false;
    try {
      if ((await read(lock))?.key !== stale.key) return false;
      await rename3(await writeTemporary(), lock);
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      throw error instanceof StorageError ? error : storageError("take over", lock, error);
    } finally {
      await removeOurs(claim, text);
    }
    if (depth === 0) await sweep(path2, clock);
    return true;
  }
  async function isStale({ key, owner, mtime }) {
    const state = owner ? await stateOf(owner, me, self) : "unknown";
    if (state !== "unknown") return state === "dead";
    let sighting = sightings.get(key);
    if (!sighting) {
      sighting = { since: clock.monotonic(), age: Math.max(0, await fileSystemTime() - mtime) };
      sightings.set(key, sighting);
    }
    const age = sighting.age + clock.monotonic() - sighting.since;
    return age >= (owner ? DISTANT_STALE : NAMELESS_STALE);
  }
  async function fileSystemTime() {
    const temporary = await writeTemporary();
    try {
      return (await stat(temporary)).mtimeMs;
    } finally {
      await rm3(temporary, { force: true });
    }
  }
  async function writeTemporary() {
    const temporary = `${path2}.${random.uuid()}.tmp`;
    try {
      await mkdir2(dirname3(path2), { recursive: true, mode: 448 });
      await writeNew(temporary, text, false);
    } catch (error) {
      throw storageError("make", path2, error);
    }
    return temporary;
  }
  return {
    tryAcquire: () => tryAcquire(path2),
    inTheWay: () => obstacle,
    release: () => removeOurs(path2, text)
  };
}
async function read(lock) {
  const file = await readRegularFile(lock);
  if (!file) return void 0;
  return { key: keyOf(file), owner: ownerOf(file.text), mtime: Number(file.stat.mtimeNs) / 1e6 };
}
function keyOf({ text, stat: stat2 }) {
  return `${stat2.ino} ${stat2.mtimeNs} ${text}`;
}
function ownerOf(text) {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return void 0;
  }
}
function describe(owner) {
  return owner ? `process ${owner.pid} on ${JSON.stringify(owner.host)}` : "another program";
}
var LOST_RACE = /* @__PURE__ */ new Set(["EEXIST", "ENOENT"]);
var NO_LINKS = /* @__PURE__ */ new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);
async function createWithoutLinks(lock, text) {
  try {
    await writeNew(lock, text, false);
    return true;
  } catch (error) {
    if (errno(error) === "EEXIST") return false;
    throw storageError("make", lock, error);
  }
}
async function removeOurs(lock, text) {
  const file = await readRegularFile(lock).catch(() => void 0);
  if (file?.text === text) await rm3(lock, { force: true }).catch(() => {
  });
}
async function sweep(lock, clock) {
  const folder = dirname3(lock);
  const names = await readdir2(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${basename2(lock)}.`)) continue;
    const litter = join2(folder, name);
    const found = await stat(litter).catch(() => void 0);
    if (found && clock.now() - found.mtimeMs > LITTER_AGE) {
      await rm3(litter, { force: true }).catch(() => {
      });
    }
  }
}

// src/core/credentials/lock.ts
var SHORTEST_PAUSE = 20;
var LONGEST_PAUSE = 60;
var PATIENCE = 6e4;
function createFileLock(options) {
  const { path: path2, clock, random } = options;
  return {
    async run({ critical, watch, signal }) {
      signal?.throwIfAborted();
      const file = await createLockFile(options);
      const patience = patient(file, path2, clock);
      while (!await file.tryAcquire()) {
        const seen = await watch?.();
        if (seen !== void 0) return seen;
        await patience();
        const jitter = random.uniform() * (LONGEST_PAUSE - SHORTEST_PAUSE);
        await clock.sleep(SHORTEST_PAUSE + jitter, signal);
      }
      try {
        return await critical();
      } finally {
        await file.release();
      }
    }
  };
}
function nestLocks(outer, inner) {
  return {
    run: (work) => outer.run({ ...work, critical: () => inner.run(work) })
  };
}
function patient(file, path2, clock) {
  let holding;
  let since = clock.monotonic();
  return async () => {
    const { key, holder } = file.inTheWay();
    if (key !== holding) {
      holding = key;
      since = clock.monotonic();
    } else if (clock.monotonic() - since > PATIENCE) {
      throw new StorageError(`${path2} has been held for over a minute by ${holder}`, {
        code: "locked",
        hint: `If that program hangs, end it; if there is none, delete ${path2}.`
      });
    }
  };
}

// src/core/credentials/refresh-failure.ts
import { createHash as createHash2 } from "node:crypto";
import { rm as rm4 } from "node:fs/promises";
import * as z3 from "zod/mini";
var failureSchema = z3.object({
  /** Of the refresh token that was tried, base64url. */
  refresh_token_sha256: z3.string(),
  kind: z3.enum(["auth", "network", "api", "protocol"]),
  code: z3.string(),
  message: z3.string(),
  hint: z3.optional(z3.string()),
  /** Makes every failure a new one. */
  id: z3.string()
});
function createFailureRecord(path2, random) {
  return {
    async load(refresh_token) {
      const file = await readRegularFile(path2).catch(() => void 0);
      const failure = file && parse2(file.text);
      if (!failure || failure.refresh_token_sha256 !== digest(refresh_token)) return void 0;
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
        id
      };
      const text = `${JSON.stringify(failure, null, 2)}
`;
      await writeAtomically(path2, `${path2}.${id}.tmp`, text).catch(() => {
      });
    },
    async clear() {
      await rm4(path2, { force: true }).catch(() => {
      });
    }
  };
}
function isDead(error) {
  return error.code === "refresh_token_rejected";
}
function parse2(text) {
  try {
    return failureSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return void 0;
  }
}
var KINDS = {
  auth: AuthError,
  network: NetworkError,
  api: ApiError,
  protocol: ProtocolError
};
function revive({ kind, code, message, hint }) {
  return new KINDS[kind](message, { code, ...hint === void 0 ? {} : { hint } });
}
function digest(refresh_token) {
  return createHash2("sha256").update(refresh_token).digest("base64url");
}

// src/core/credentials/session.ts
function createSession(options) {
  const { store, lock, failures, clock, onNotice } = options;
  let unsaved;
  async function load() {
    if (!unsaved) return store.load();
    const stored2 = await store.load().catch(() => void 0);
    return !stored2 || stored2.access_token === unsaved.replaces ? unsaved.credentials : stored2;
  }
  async function loadRequired() {
    const credentials = await load();
    if (credentials) return credentials;
    throw new AuthError("You are not signed in", {
      code: "not_signed_in",
      hint: `Sign in: qwen-demo auth
(there are no credentials at ${store.location})`
    });
  }
  const expiring = (credentials) => expiresSoon(credentials, clock.now());
  async function freshen(isStale, signal) {
    signal?.throwIfAborted();
    const before = await loadRequired();
    if (!isStale(before)) return before;
    const old = await failures.load(requireRefreshToken(before));
    if (old?.dead) throw old.error;
    const look = () => lookAgain(isStale, old?.id);
    const critical = async () => {
      await store.recover?.();
      return await look() ?? refreshNow(isStale);
    };
    const credentials = await lock.run({ critical, watch: look, signal });
    signal?.throwIfAborted();
    return credentials;
  }
  async function lookAgain(isStale, old) {
    const stored2 = await loadRequired();
    if (!isStale(stored2)) return stored2;
    const failure = await failures.load(requireRefreshToken(stored2));
    if (failure && (failure.dead || failure.id !== old)) throw failure.error;
    return void 0;
  }
  async function refreshNow(isStale) {
    const stale = await loadRequired();
    const refresh_token = requireRefreshToken(stale);
    let token;
    try {
      token = await options.refresh(stale);
    } catch (error) {
      if (!(error instanceof QwenDemoError)) throw error;
      const another2 = await changedSince(stale, isStale);
      if (another2 && isDead(error)) return another2;
      await failures.save(refresh_token, error);
      throw error;
    }
    const another = await changedSince(stale, isStale);
    return another ?? keep(stale, mergeTokenResponse(stale, token, clock.now()));
  }
  async function changedSince(stale, isStale) {
    const stored2 = await load().catch(() => void 0);
    const changed = stored2 && stored2.access_token !== stale.access_token && !isStale(stored2);
    return changed ? stored2 : void 0;
  }
  async function keep(stale, fresh) {
    try {
      await store.save(fresh);
      unsaved = void 0;
      await failures.clear();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const known = unsaved?.credentials === stale ? unsaved.replaces : stale.access_token;
      unsaved = { credentials: fresh, replaces: known };
      onNotice({
        code: "credentials_not_saved",
        message: `The login was refreshed, but the new tokens could not be saved. ${error.message}. This command goes on with them; the next one may have to sign in again.`
      });
    }
    return fresh;
  }
  function requireRefreshToken({ refresh_token }) {
    if (refresh_token) return refresh_token;
    throw new AuthError("The login has expired and cannot be refreshed", {
      code: "login_expired",
      hint: "Sign in again: qwen-demo auth"
    });
  }
  return {
    getValid: (signal) => freshen(expiring, signal),
    async renew(rejected, signal) {
      const isStale = (one) => one.access_token === rejected || expiring(one);
      const current = await load();
      if (!current || isStale(current) && !current.refresh_token) return void 0;
      return freshen(isStale, signal);
    },
    async refresh(signal) {
      const { access_token } = await loadRequired();
      return freshen((one) => one.access_token === access_token || expiring(one), signal);
    },
    async signIn(credentials, signal) {
      const critical = async () => {
        await store.save(credentials);
        unsaved = void 0;
        await failures.clear();
      };
      await lock.run({ critical, signal });
    },
    async signOut(signal) {
      const critical = async () => {
        unsaved = void 0;
        await failures.clear();
        return store.remove();
      };
      return lock.run({ critical, signal });
    }
  };
}

// src/core/credentials/file-session.ts
function createFileSession(options) {
  const { path: path2, self, clock, random, refresh, onNotice } = options;
  const stem = path2.replace(/\.json$/, "");
  const lock = (suffix) => createFileLock({ path: `${stem}${suffix}`, self, clock, random });
  return createSession({
    store: createFileStore({ path: path2, self, random, onNotice }),
    lock: nestLocks(lock(".qwen-demo.lock"), lock(".lock")),
    failures: createFailureRecord(`${stem}.refresh-failure.json`, random),
    refresh,
    clock,
    onNotice
  });
}

// src/core/oauth/qwen.ts
var QWEN_ISSUER = "https://chat.qwen.ai";
function qwenServer(base = QWEN_ISSUER) {
  const issuer2 = base.replace(/\/+$/, "");
  return {
    issuer: issuer2,
    device_authorization_endpoint: `${issuer2}/api/v1/oauth2/device/code`,
    token_endpoint: `${issuer2}/api/v1/oauth2/token`
  };
}

// src/core/http/body.ts
var BODY_CAP = 32 * 1024 * 1024;
async function readText(response, cap = BODY_CAP) {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const bytes of response.body) {
    size += bytes.byteLength;
    if (size > cap) {
      throw new ProtocolError(`${response.host} sent more than ${cap} bytes`, {
        code: "body_too_large",
        status: response.status,
        hint: "Check that the address is that of an API."
      });
    }
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

// src/core/oauth/form.ts
var BODY_CAP2 = 1024 * 1024;
var OAUTH_TIMEOUTS = { headers: 15e3, body: 15e3 };
function encodeForm(form) {
  return Object.entries(form).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}
async function postForm(post) {
  const response = await post.send({
    method: "POST",
    url: post.url,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      ...post.headers
    },
    body: encodeForm(post.form),
    timeouts: { ...OAUTH_TIMEOUTS, ...post.timeouts },
    signal: post.signal
  });
  const { host, status } = response;
  return { host, status, body: await readText(response, BODY_CAP2) };
}

// src/core/oauth/refusal.ts
import * as z4 from "zod/mini";

// src/core/http/redaction.ts
var REDACTED = "[redacted]";
var SECRET_KEYS = "access_token|refresh_token|id_token|device_code|user_code|code_verifier|client_secret|authorization|password|api_?key|secret|token";
var KEY_VALUE = new RegExp(
  `(["']?(?:${SECRET_KEYS})["']?\\s*[:=]\\s*["']?)(?!Bearer\\b)[^"'\\s&,;}]+`,
  "gi"
);
var BEARER = /\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi;
var API_KEY = /\bsk-[A-Za-z0-9_-]{8,}/g;
var JWT = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
function redact(text, known = []) {
  let result = text;
  for (const secret of known) {
    if (secret.length >= 4) result = result.replaceAll(secret, REDACTED);
  }
  return result.replace(BEARER, `$1${REDACTED}`).replace(KEY_VALUE, `$1${REDACTED}`).replace(API_KEY, REDACTED).replace(JWT, REDACTED);
}

// src/core/oauth/refusal.ts
var refusalSchema = z4.object({
  error: z4.string().check(z4.minLength(1)),
  error_description: z4.optional(z4.unknown())
});
function parseJson(body) {
  try {
    return JSON.parse(body);
  } catch {
    return void 0;
  }
}
function parseRefusal(json) {
  const refusal = refusalSchema.safeParse(json).data;
  if (!refusal) return void 0;
  const { error, error_description } = refusal;
  return typeof error_description === "string" ? { error, error_description } : { error };
}
var MEANINGS = {
  // RFC 8628 §3.5
  access_denied: ["access_denied", "the sign-in was denied in the browser"],
  expired_token: ["expired_token", "the code was not approved in time"],
  // RFC 6749 §5.2
  invalid_client: ["invalid_client", "it does not know this client"],
  unauthorized_client: ["unauthorized_client", "this client may not sign in this way"],
  unsupported_grant_type: ["unsupported_grant_type", "it does not offer this way to sign in"],
  invalid_scope: ["invalid_scope", "it does not grant this scope"],
  invalid_request: ["invalid_request", "it did not understand the request"],
  invalid_grant: ["invalid_grant", "the grant is not valid, or no longer"],
  // RFC 8707 §2
  invalid_target: ["invalid_target", "it does not know this resource"]
};
var TRY_AGAIN = "Sign in again: qwen-demo auth";
var CHECK_CLIENT = "Check --issuer, --client-id and --scope.";
function refusalError(refusal, { host, status }, secrets = []) {
  const [code, what] = MEANINGS[refusal.error] ?? [
    "oauth_error",
    `it said ${quote(refusal.error, secrets)}`
  ];
  const said = refusal.error_description ? ` (${quote(refusal.error_description, secrets)})` : "";
  const again = code === "access_denied" || code === "expired_token" || code === "invalid_grant";
  return new AuthError(`${host} refused: ${what}${said}`, {
    code,
    status,
    hint: again ? TRY_AGAIN : CHECK_CLIENT
  });
}
function quote(text, secrets = []) {
  const plain = redact(text, secrets).replace(/[\p{C}\s]+/gu, " ").trim();
  return JSON.stringify(plain.length > 200 ? `${plain.slice(0, 199)}\u2026` : plain);
}
function unexpectedAnswer({ host, status, body }) {
  const html = /^\s*</.test(body);
  const what = html ? "a web page instead of JSON" : "something this protocol does not know";
  if (status === 429) {
    return new QuotaError(`${host} allows no more requests for now (HTTP 429)`, {
      code: "rate_limited",
      permanent: false,
      status,
      hint: "Wait a minute and try again."
    });
  }
  if (status >= 500) {
    return new ApiError(`${host} failed on its side (HTTP ${status})`, {
      code: "server_error",
      status,
      hint: "Try again later."
    });
  }
  return new ProtocolError(`${host} sent ${what} (HTTP ${status})`, {
    code: html ? "html_answer" : "malformed_answer",
    status,
    hint: html ? "A firewall in front of it, a captive portal of your network, or a sign-in that is no\nlonger offered: Qwen switched its free login off on 2026-04-15. An API key works without one." : "Check that the address is that of an OAuth 2.0 authorization server."
  });
}

// src/core/oauth/token.ts
import * as z5 from "zod/mini";
var LONGEST_LIFE = 366 * 24 * 3600;
var seconds = z5.pipe(
  z5.union([z5.number(), z5.string().check(z5.regex(/^\d{1,12}(\.\d{1,3})?$/))]),
  z5.transform((value) => Math.min(Math.max(Number(value), 0), LONGEST_LIFE))
);
var optionalText = z5.pipe(
  z5.optional(z5.nullable(z5.string())),
  z5.transform((value) => value === null || value === "" ? void 0 : value)
);
var tokenResponseSchema = z5.object({
  // RFC 6749 appendix A.12: visible ASCII. Anything else could not stand in a header.
  access_token: z5.string().check(z5.regex(/^[\x21-\x7e]+$/)),
  token_type: optionalText,
  refresh_token: optionalText,
  expires_in: z5.pipe(
    z5.optional(z5.nullable(seconds)),
    z5.transform((value) => value ?? void 0)
  ),
  scope: optionalText,
  resource_url: optionalText
});
var pendingSchema = z5.object({ status: z5.literal("pending") });
function parseTokenResponse(answer) {
  const json = parseJson(answer.body);
  const refusal = parseRefusal(json);
  if (refusal) return { outcome: "refused", refusal };
  if (answer.status === 200) {
    const token = tokenResponseSchema.safeParse(json).data;
    if (token) return { outcome: "granted", token: requireBearer(token, answer.host) };
    if (pendingSchema.safeParse(json).success) return { outcome: "pending" };
  }
  throw unexpectedAnswer(answer);
}
function requireBearer(token, host) {
  if (token.token_type === void 0 || /^bearer$/i.test(token.token_type)) return token;
  throw new ProtocolError(`${host} issued a token that is not a bearer token`, {
    code: "unsupported_token_type",
    hint: "Ask its operator to let this client use bearer tokens (RFC 6750)."
  });
}

// src/core/oauth/refresh.ts
var REFRESH_LIMIT = 1e4;
async function refreshGrant(request) {
  const { server, client_id, refresh_token, resource, send, clock } = request;
  const answer = await postForm({
    url: server.token_endpoint,
    form: { grant_type: "refresh_token", refresh_token, client_id, resource },
    send,
    signal: clock.timeout(REFRESH_LIMIT)
  });
  const result = parseTokenResponse(answer);
  if (result.outcome === "granted") return result.token;
  if (result.outcome === "pending") throw unexpectedAnswer(answer);
  if (!isDead2(result.refusal)) throw refusalError(result.refusal, answer, [refresh_token]);
  throw new AuthError(`${answer.host} no longer accepts this login`, {
    code: "refresh_token_rejected",
    status: answer.status,
    hint: "Sign in again: qwen-demo auth"
  });
}
function isDead2({ error, error_description }) {
  if (error === "invalid_grant") return true;
  return error === "invalid_request" && /^invalid refresh token\b/i.test(error_description ?? "");
}

// test/helpers/plain-send.ts
import { request as httpRequest } from "node:http";
var plainSend = (request) => new Promise((resolve, reject) => {
  const { method, headers, signal } = request;
  const outgoing = httpRequest(request.url, { method, headers, ...signal ? { signal } : {} });
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    const received = {};
    for (const [name, value] of Object.entries(incoming.headers)) received[name] = String(value);
    resolve({
      status: incoming.statusCode ?? 0,
      headers: received,
      body: incoming,
      host: new URL(request.url).host
    });
  });
  outgoing.end(request.body);
});

// test/helpers/real-world.ts
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
var realClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, void 0, signal ? { signal } : {});
  },
  timeout: (ms) => AbortSignal.timeout(ms),
  parseDate: (text) => Date.parse(text)
};
var realRandom = {
  bytes: (size) => randomBytes(size),
  uuid: () => randomUUID(),
  uniform: () => Math.random()
};

// test/core/credentials/rotating-issuer.ts
import { setTimeout as sleep2 } from "node:timers/promises";

// test/helpers/loopback.ts
import { createServer } from "node:http";
async function loopback(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };
}
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

// test/core/credentials/rotating-issuer.ts
async function rotatingIssuer({ latency = 0, generation = 1 } = {}) {
  const state = {
    /** Refresh requests seen. */
    requests: 0,
    /** The number in the newest tokens: `access-3`, `refresh-3`. */
    generation,
    revoked: false,
    latency,
    mishap: void 0,
    /** Runs while a refresh is under way, after rotation. */
    meanwhile: void 0
  };
  const server = await loopback(async (request, response) => {
    const json = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/me") {
      const good = request.headers.authorization === `Bearer access-${state.generation}`;
      return json(good && !state.revoked ? 200 : 401, {});
    }
    const form = new URLSearchParams(await bodyOf(request));
    state.requests += 1;
    if (state.latency > 0) await sleep2(state.latency);
    const { mishap } = state;
    if (typeof mishap === "object") return json(mishap.status, mishap.json);
    if (form.get("refresh_token") !== `refresh-${state.generation}`) state.revoked = true;
    if (state.revoked) return json(400, { error: "invalid_grant" });
    state.generation += 1;
    await state.meanwhile?.();
    if (mishap === "drop") return request.socket.destroy();
    if (mishap === "html") return response.end("<html>aliyun_waf_aa</html>");
    if (mishap === "hang") return void 0;
    const token = {
      access_token: `access-${state.generation}`,
      refresh_token: `refresh-${state.generation}`,
      token_type: "Bearer",
      expires_in: 3600
    };
    if (mishap !== "cut") return json(200, token);
    const text = JSON.stringify(token);
    response.writeHead(200, { "content-length": text.length });
    response.write(text.slice(0, 30));
    await sleep2(20);
    return request.socket.destroy();
  });
  return { ...server, state };
}
function stored(generation = 1, expiry_date = 0) {
  return {
    access_token: `access-${generation}`,
    refresh_token: `refresh-${generation}`,
    token_type: "Bearer",
    resource_url: "portal.qwen.ai",
    expiry_date
  };
}

// test/core/credentials/.m.ts
var dir = await fsp.mkdtemp("/tmp/m-");
var path = dir + "/oauth_creds.json";
await fsp.writeFile(path, JSON.stringify(stored()), { mode: 384 });
var issuer = await rotatingIssuer();
var t0 = 0;
var t1 = 0;
var t00 = 0;
var session = createFileSession({
  path,
  self: process,
  clock: realClock,
  random: realRandom,
  onNotice() {
  },
  refresh: async ({ refresh_token = "" }) => {
    t00 = performance.now();
    const r = await refreshGrant({ server: qwenServer(issuer.url), client_id: "c", refresh_token, clock: realClock, send: async (q) => {
      const r2 = await plainSend(q);
      t0 = performance.now();
      return r2;
    } });
    t1 = performance.now();
    return r;
  }
});
var s = performance.now();
await session.getValid();
var t2 = performance.now();
console.log({ before: t00 - s, request: t0 - t00, headToParsed: t1 - t0, parsedToEnd: t2 - t1 });
process.exit(0);
