import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createInProcessHome } from '../../helpers/in-process-home.ts';

const UUID = '123e4567-e89b-42d3-a456-426614174000';

test('auth logout --all puts a newer token of a killed write in place, revokes it, and deletes the rest', async () => {
  await using at = await createInProcessHome();
  const revoked: (string | null)[] = [];
  at.answer((request, response) => {
    let form = '';
    request.on('data', (part) => (form += part));
    request.on('end', () => {
      revoked.push(new URLSearchParams(form).get('token'));
      response.end();
    });
  });
  const login = {
    access_token: 'access-1',
    refresh_token: 'refresh-new',
    token_type: 'Bearer',
    expiry_date: 4e12,
    issuer: at.url,
    client_id: 'c',
    revocation_endpoint: `${at.url}/revoke`,
  };
  const key = JSON.stringify({ api_key: 'k', endpoint: `${at.url}/v1` });
  await at.furnish([
    [`oauth_creds.work.json.${'0'.repeat(16)}.${UUID}.tmp`, JSON.stringify(login)],
    [`api_key.json.${UUID}.tmp`, key],
    [`api_key.other.json.0123abcd-1-1.${UUID}.tmp`, key],
    [`pending_login.json.${UUID}.tmp`, '{'],
    [`last-models.json.${UUID}.tmp`, '{'],
    [`config.json.${UUID}.tmp`, '{'],
    ['notes.json.tmp', 'of the user'],
  ]);
  const { code, stdout } = await at.run(['auth', 'logout', '--all']);
  expect([code, stdout]).toEqual([0, `Deleted ${at.home}/oauth_creds.work.json.\n`]);
  expect(revoked).toEqual(['refresh-new']);
  expect(await readdir(at.home)).toEqual(['notes.json.tmp']);
});
