import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { execCommand } from './exec.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { loginCommand } from './login.ts';
import { logoutCommand } from './logout.ts';
import { refreshCommand } from './refresh.ts';
import { statusCommand } from './status.ts';
import { switchCommand } from './switch.ts';
import { tokenCommand } from './token.ts';

/** Declares the subcommands of `auth`, one file each. `auth` alone is `auth login`. */
export function declareAuth(auth: Command, context: Context): void {
  loginCommand(auth, context);
  statusCommand(auth, context);
  listCommand(auth, context);
  switchCommand(auth, context);
  tokenCommand(auth, context);
  execCommand(auth, context);
  refreshCommand(auth, context);
  logoutCommand(auth, context);
  importCommand(auth, context);
}
