/** The first step of `auth login`: where to sign in, and what to say before the first request. */
import { issuerOf, issuerOfLogin } from '../../core/credentials/authorization-server.ts';
import {
  beginLogin,
  type LoginPorts,
  loginRequest,
  namedByFlag,
} from '../../core/credentials/login.ts';
import type { PendingLogin } from '../../core/credentials/pending-login.ts';
import { QWEN_ISSUER } from '../../core/qwen/issuer.ts';
import type { IssuerSetting } from '../../core/settings/issuer-setting.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { absolutePath } from '../paths.ts';
import { explainGoneServer, openLogin, placeOfLogin, replacedLogin } from '../stored-login.ts';
import { warnOfPrecedence } from './precedence.ts';
import { prepareRecord } from './record.ts';
import { clientSecret, type IssuerFlags } from './issuer-flags.ts';

/**
 * Begins a login at the server of the settings, or else at the one that the stored login is from.
 * @throws the errors of {@link beginLogin}; StorageError before the first request when the login could
 *   not be stored
 */
export async function beginAtServer(
  context: Context,
  { settings, ports }: { settings: Settings; ports: LoginPorts },
  flags: IssuerFlags,
): Promise<PendingLogin> {
  const place = placeOfLogin(settings);
  const { session, store } = openLogin(context, settings, ports.send, place);
  await session.finishSave(ports.signal);
  const replaced = await replacedLogin(store);
  const named = namedByFlag(settings, absolutePath(place.path));
  const secret = await clientSecret(context, flags);
  const again = settings.issuer ? undefined : replaced && issuerOfLogin(replaced, store.location);
  const issuer_setting = settings.issuer ?? again;
  const request = loginRequest(
    { ...settings, issuer: issuer_setting },
    { place, named, secret, stored: replaced },
  );
  warnOfPrecedence(context, settings, place.store);
  // Whether it can be stored is known before a code is shown.
  await session.prepareSignIn(ports.signal);
  await prepareRecord(context, settings.profile, place.store);
  noticesBefore(context, issuer_setting);
  const login = await beginLogin(request, ports).catch((error: unknown) => {
    throw again ? explainGoneServer(error, again.url.value) : error;
  });
  const issuer = replaced && issuerOf(replaced);
  if (issuer !== undefined && issuer !== login.server.issuer) {
    notice(
      context,
      `This login will replace the one at ${issuer} in ${store.location}; with --profile NAME ` +
        'both are kept.',
    );
  }
  return login;
}

/** Says where the login goes when the user did not, and that Qwen's own service is switched off. */
function noticesBefore(context: Context, issuer: IssuerSetting | undefined): void {
  const { value, source, layer } = issuer?.url ?? { value: QWEN_ISSUER, layer: 'default' };
  if (layer === 'stored' || layer === 'profile') {
    const from = layer === 'stored' ? `as the login in ${source}` : `as ${source} says`;
    notice(context, `Signing in at ${value}, ${from}. To sign in elsewhere: --issuer URL`);
  }
  if (value === QWEN_ISSUER) notice(context, QWEN_SWITCHED_OFF);
}

const QWEN_SWITCHED_OFF =
  'Qwen switched its free login off on 2026-04-15: this login may fail, or every request after it. ' +
  'Use an API key (DASHSCOPE_API_KEY), a server of your own (OPENAI_BASE_URL), or the login of ' +
  'another issuer (--issuer URL).';
