import { describe, expect, test } from 'vitest';
import { ownFiles, profileOfSecret } from '../../../src/core/settings/files.ts';

test('the files of the default profile have no profile name, those of another one do', () => {
  const files = ownFiles('/configuration');
  expect(files).toMatchObject({
    folder: '/configuration',
    config: '/configuration/config.json',
    credentials: '/configuration/oauth_creds.json',
    api_key: '/configuration/api_key.json',
    pending_login: '/configuration/pending_login.json',
  });
  expect(ownFiles('/configuration', 'work')).toEqual({
    ...files,
    credentials: '/configuration/oauth_creds.work.json',
    api_key: '/configuration/api_key.work.json',
    pending_login: '/configuration/pending_login.work.json',
  });
});

describe('the name of a file with a secret gives its profile', () => {
  test.each([
    ['oauth_creds.work.json', 'work'],
    ['api_key.a-1_b.json', 'a-1_b'],
    ['pending_login.work.json', 'work'],
    ['oauth_creds.json', undefined],
    ['oauth_creds.refresh-failure.json', undefined],
    ['oauth_creds.work.refresh-failure.json', undefined],
    ['oauth_creds.Work.json', undefined],
    ['history.work.json', undefined],
    ['oauth_creds.work.json.tmp', undefined],
  ])('%s: %s', (file, profile) => {
    expect(profileOfSecret(file)).toBe(profile);
  });
});
