import { hostOf } from '../../core/qwen/hosts.ts';
import type { Context } from '../context.ts';
import { relativeTime } from '../time.ts';
import { type Finding, ok, warning } from './finding.ts';
import type { Reached } from './network.ts';

/** Milliseconds: a login is refreshed so long before it expires, by the clock of this machine. */
const MOST_AHEAD = 30_000;

/** The clock of this machine against the `Date` of the first server that sent one. */
export function checkClock({ platform }: Context, reached: readonly Reached[]): Finding {
  const first = reached.find(({ ahead }) => ahead !== undefined);
  if (first?.ahead === undefined) {
    return warning('clock', 'it was not compared: no server sent its time');
  }
  const { ahead, url } = first;
  const distance = relativeTime(Math.abs(ahead), 0).replace(/^in /, '');
  const text = `${distance} ${ahead < 0 ? 'behind' : 'ahead of'} ${hostOf(url)}`;
  if (Math.abs(ahead) <= MOST_AHEAD) return ok('clock', text);
  const command = ownCommand(platform.os);
  return warning(
    'clock',
    `${text}: logins and certificates seem expired or not yet valid`,
    command,
  );
}

function ownCommand(os: string): string {
  if (os === 'win32') return 'Set the clock of this machine:\n  w32tm /resync';
  if (os === 'darwin') return 'Set the clock of this machine:\n  sudo sntp -sS time.apple.com';
  return 'Set the clock of this machine:\n  sudo timedatectl set-ntp true';
}
