import type { Credentials } from '../../core/credentials/credentials.ts';
import { beginLogin as begin, completeLogin, loginRequest } from '../../core/credentials/login.ts';
import type { PendingLogin } from '../../core/credentials/pending-login.ts';
import type { Session } from '../../core/credentials/session.ts';
import type { Send } from '../../core/http/message.ts';
import type { Poll } from '../../core/oauth/poll.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { absolutePath } from '../paths.ts';
import { placeOfLogin } from '../stored-login.ts';

/** The first step. @throws the errors of {@link begin} */
export async function beginLogin(
  { clock, random, signal }: Context,
  settings: Settings,
  send: Send,
  named: PendingLogin['named'],
): Promise<PendingLogin> {
  const { store, path } = placeOfLogin(settings);
  // Another process may complete it in another folder. In a keyring the path is only a name.
  const place = { store, path: store === 'file' ? absolutePath(path) : path };
  return begin(loginRequest(settings, place, named), { send, clock, random, signal });
}

export interface SecondStep {
  login: PendingLogin;
  send: Send;
  session: Session;
  onPoll: (poll: Poll) => void;
}

/** The second step. @throws the errors of {@link completeLogin}; StorageError */
export async function finishLogin(
  { clock, signal }: Context,
  { login, send, session, onPoll }: SecondStep,
): Promise<Credentials> {
  const credentials = await completeLogin(login, { send, clock, signal }, onPoll);
  await session.signIn(credentials, signal);
  return credentials;
}
