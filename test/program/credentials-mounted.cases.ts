import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../helpers/expired-login-home.ts';
import { stored } from '../helpers/rotating-issuer.ts';
import type { Disaster } from './credentials-disasters.cases.ts';

/** Mounts a login as Kubernetes does: by two links, of another owner, in a folder without write access. */
function mounted(the: string, login: object, args = ['auth', 'token']): Disaster {
  return {
    the,
    args: [...args, '--read-only-credentials'],
    possible: root,
    strike: async (w) => {
      const version = join(w.folder, '..2026');
      await mkdir(version, { mode: 0o755 });
      const text = JSON.stringify({ ...stored(), resource_url: w.url, ...login });
      await writeFile(join(version, 'oauth_creds.json'), text, { mode: 0o444 });
      await symlink('..2026', join(w.folder, '..data'));
      await rm(w.file);
      await symlink('..data/oauth_creds.json', w.file);
      w.issuer.accepted = 2;
      const options = await w.giveUpRights();
      await chown(w.folder, 0, 0);
      await chmod(w.folder, 0o555);
      return options;
    },
  };
}

const later = { expiry_date: Date.now() + 3_600_000 };

export const MOUNTED: Disaster[] = [
  mounted('has a valid token', later),
  mounted('has a token that has expired', {}),
  mounted('has an expired token without a refresh token', { refresh_token: undefined }),
  mounted('has a token that the API refuses', later, ['list-models', 'a-model']),
  mounted('is to be refreshed', later, ['auth', 'refresh']),
  mounted('is to be deleted', later, ['auth', 'logout']),
  mounted('is to be replaced by a new login', later, ['auth', 'login']),
];
