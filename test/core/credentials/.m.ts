import process from 'node:process';
import * as fsp from 'node:fs/promises';
import { createFileSession } from '../../../src/core/credentials/file-session.ts';
import { qwenServer } from '../../../src/core/oauth/qwen.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { plainSend } from '../../helpers/plain-send.ts';
import { realClock as clock, realRandom as random } from '../../helpers/real-world.ts';
import { rotatingIssuer, stored } from './rotating-issuer.ts';
const dir = await fsp.mkdtemp('/tmp/m-');
const path = dir + '/oauth_creds.json';
await fsp.writeFile(path, JSON.stringify(stored()), { mode: 0o600 });
const issuer = await rotatingIssuer();
let t0 = 0, t1 = 0, t00=0;
const session = createFileSession({ path, self: process, clock, random, onNotice() {},
  refresh: async ({ refresh_token = '' }) => {
    t00 = performance.now();
    const r = await refreshGrant({ server: qwenServer(issuer.url), client_id: 'c', refresh_token, clock, send: async (q) => { const r = await plainSend(q); t0 = performance.now(); return r; } });
    t1 = performance.now(); return r;
  } });
const s = performance.now();
await session.getValid();
const t2 = performance.now();
console.log({ before: t00 - s, request: t0 - t00, headToParsed: t1 - t0, parsedToEnd: t2 - t1 });
process.exit(0);
