// Preloaded into the built program: some calls of the file system fail before they do anything.
// FAILING_CALLS is JSON: { "rename": { "errno": "EPERM", "times": 1 } }; "sync" is that of a file.
const fs = require('node:fs/promises');

const failing = JSON.parse(process.env.FAILING_CALLS ?? '{}');

function fails(name, path) {
  const plan = failing[name];
  if (!plan || plan.times === 0 || !String(path).includes('oauth_creds')) return;
  plan.times -= 1;
  throw Object.assign(new Error(`${plan.errno}: refused in passing, ${name}`), {
    code: plan.errno,
  });
}

for (const name of ['rename', 'link', 'open', 'rm']) {
  const real = fs[name];
  fs[name] = async (...args) => {
    fails(name, args[0]);
    const result = await real(...args);
    if (name !== 'open') return result;
    const sync = result.sync.bind(result);
    result.sync = async () => {
      fails('sync', args[0]);
      return sync();
    };
    return result;
  };
}
