import { describe, expect, test } from 'vitest';
import {
  configurationFolderOf,
  expandHome,
  homeFolder,
  ignoredOwnFolder,
  qwenCodeFolderOf,
} from '../../../src/core/settings/home.ts';

const sources = (env: Record<string, string>, platform = 'linux', passwordHome?: string) => ({
  env,
  platform,
  passwordHome: () => passwordHome,
});

describe('the home folder', () => {
  test.each([
    ['is HOME when it is absolute', { HOME: '/home/me' }, 'linux', '/home/me'],
    ['is that of the password database when HOME is not set', {}, 'linux', '/passwd'],
    ['is that of the password database when HOME is empty', { HOME: '' }, 'linux', '/passwd'],
    ['is that of the password database when HOME is relative', { HOME: '.' }, 'linux', '/passwd'],
    ['is not USERPROFILE on Linux', { USERPROFILE: '/u' }, 'linux', '/passwd'],
    [
      'is USERPROFILE on Windows, whatever HOME is',
      { USERPROFILE: 'C:\\Users\\me', HOME: '/c/me' },
      'win32',
      'C:\\Users\\me',
    ],
  ])('%s', (_, env, platform, home) => {
    expect(homeFolder(sources(env, platform, '/passwd'))).toBe(home);
  });

  test('does not exist when neither a variable nor the password database names an absolute one', () => {
    expect(homeFolder(sources({ HOME: 'me' }))).toBeUndefined();
    expect(homeFolder(sources({}, 'linux', 'relative'))).toBeUndefined();
  });
});

describe('the configuration folder', () => {
  const HOME = '/home/me';
  test.each([
    [{ HOME }, 'linux', '/home/me/.config/qwen-demo'],
    [{ HOME, XDG_CONFIG_HOME: '/xdg' }, 'linux', '/xdg/qwen-demo'],
    [{ HOME, XDG_CONFIG_HOME: 'xdg' }, 'linux', '/home/me/.config/qwen-demo'],
    [{ HOME, XDG_CONFIG_HOME: '' }, 'linux', '/home/me/.config/qwen-demo'],
    [{ XDG_CONFIG_HOME: '/xdg' }, 'linux', '/xdg/qwen-demo'],
    [{ HOME, QWEN_DEMO_HOME: '/own' }, 'linux', '/own'],
    [{ QWEN_DEMO_HOME: '/own' }, 'linux', '/own'],
    [{ HOME, QWEN_DEMO_HOME: '~/own' }, 'linux', '/home/me/own'],
    [{ HOME, QWEN_DEMO_HOME: 'own' }, 'linux', '/home/me/.config/qwen-demo'],
    [{ QWEN_DEMO_HOME: '~/own' }, 'linux', undefined],
    [{}, 'linux', undefined],
    [{ HOME, XDG_CONFIG_HOME: '/xdg' }, 'darwin', '/home/me/Library/Preferences/qwen-demo'],
    [{ APPDATA: 'D:\\Roaming' }, 'win32', 'D:\\Roaming\\qwen-demo\\Config'],
    [{ USERPROFILE: 'C:\\me' }, 'win32', 'C:\\me\\AppData\\Roaming\\qwen-demo\\Config'],
    [
      { USERPROFILE: 'C:\\me', APPDATA: '.' },
      'win32',
      'C:\\me\\AppData\\Roaming\\qwen-demo\\Config',
    ],
  ])('of %j on %s is %s', (env, platform, folder) => {
    expect(configurationFolderOf(sources(env, platform))).toBe(folder);
  });

  test.each([
    ['own', 'own'],
    ['./own', './own'],
    ['/own', undefined],
    ['~/own', undefined],
    ['', undefined],
  ])('QWEN_DEMO_HOME=%j is reported as ignored: %j', (value, ignored) => {
    expect(ignoredOwnFolder(sources({ HOME, QWEN_DEMO_HOME: value }))).toBe(ignored);
  });

  test.each([
    [{ HOME }, '/home/me/.qwen'],
    [{ HOME, QWEN_HOME: '/q' }, '/q'],
    [{ HOME, QWEN_HOME: '~/q' }, '/home/me/q'],
    [{ HOME, QWEN_HOME: 'q' }, '/home/me/.qwen'],
  ])('of Qwen Code with %j is %s', (env, folder) => {
    expect(qwenCodeFolderOf(sources(env))).toBe(folder);
  });
});

describe('a tilde at the beginning of a path', () => {
  test.each([
    ['~', '/home/me'],
    ['~/', '/home/me/'],
    ['~/q.json', '/home/me/q.json'],
    ['./~/q.json', './~/q.json'],
    ['~other/q.json', '~other/q.json'],
    ['~\\q.json', '~\\q.json'],
    ['a~/q.json', 'a~/q.json'],
    ['https://example.com/~/q', 'https://example.com/~/q'],
  ])('%s is %s on Linux', (path, expanded) => {
    expect(expandHome(path, sources({ HOME: '/home/me' }))).toBe(expanded);
  });

  test.each([
    ['~\\q.json', 'C:\\me\\q.json'],
    ['~/q.json', 'C:\\me\\q.json'],
  ])('%s is %s on Windows', (path, expanded) => {
    expect(expandHome(path, sources({ USERPROFILE: 'C:\\me' }, 'win32'))).toBe(expanded);
  });

  test('is a usage error that names the variables to set when there is no home', () => {
    expect(() => expandHome('~/q', sources({}))).toThrow(
      expect.objectContaining({
        kind: 'usage',
        code: 'no_home',
        hint: expect.stringContaining('QWEN_DEMO_HOME'),
      }),
    );
  });
});
