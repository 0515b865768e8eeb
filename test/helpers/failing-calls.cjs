// Lets calls of the file system fail before they do anything. Preloaded into the built program with
// FAILING_CALLS, which is JSON: { "rename": { "errno": "EPERM", "times": 1, "path": "oauth_creds" } };
// only calls on paths in HOME fail, and without `path` on all of them.
const fs = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');

const CALLS = [
  'open',
  'rename',
  'link',
  'rm',
  'mkdir',
  'rmdir',
  'readdir',
  'lstat',
  'stat',
  'realpath',
  'utimes',
  'access',
];
const METHODS = ['sync', 'write', 'read', 'chmod', 'stat', 'truncate', 'close'];

/** `failureOf(name, path)` is an error code, or undefined. The result undoes it all. */
function failCalls(failureOf) {
  const failing = (name, path, call) =>
    async function (...args) {
      const errno = failureOf(name, String(path ?? args[0]));
      if (errno === undefined) return call.apply(this, args);
      // close(2) releases the file also when it fails.
      if (name === 'handle.close') await call.apply(this, args);
      throw Object.assign(new Error(`${errno}: refused in passing, ${name}`), { code: errno });
    };
  const real = Object.fromEntries(CALLS.map((name) => [name, fs[name]]));
  for (const name of CALLS) fs[name] = failing(name, undefined, real[name]);
  const open = fs.open;
  fs.open = async (...args) => {
    const handle = await open(...args);
    for (const name of METHODS) {
      handle[name] = failing(`handle.${name}`, args[0], handle[name].bind(handle));
    }
    return handle;
  };
  syncBuiltinESMExports();
  return () => {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  };
}

module.exports = { failCalls };

if (process.env.FAILING_CALLS !== undefined) {
  const plans = JSON.parse(process.env.FAILING_CALLS);
  failCalls((name, path) => {
    const plan = plans[name];
    const aimed = path.startsWith(process.env.HOME) && path.includes(plan?.path ?? '');
    if (!plan || !aimed || plan.times === 0) return undefined;
    plan.times -= 1;
    return plan.errno;
  });
}
