import { SIGN_IN_AGAIN } from '../errors.ts';

/** The advice for a word without a meaning of its own. */
export const CHECK_CLIENT = 'Check --issuer, --client-id and --scope.';
const CHECK_SECRET =
  'Check --client-id, and whether this client needs a secret: QWEN_DEMO_CLIENT_SECRET.';

/** What a word means to the program: the `code` of its error, what happened, and what to do. */
export type Meaning = readonly [code: string, what: string, hint: string];

const DENIED: Meaning = ['access_denied', 'it denied access', SIGN_IN_AGAIN];
const EXPIRED: Meaning = ['expired_token', 'the code or the token has expired', SIGN_IN_AGAIN];
const UNKNOWN_CODE: Meaning = [
  'expired_token',
  'it does not know this code any more',
  SIGN_IN_AGAIN,
];
const UNKNOWN_CLIENT: Meaning = ['invalid_client', 'it does not know this client', CHECK_SECRET];
const INVALID_REQUEST: Meaning = [
  'invalid_request',
  'it does not accept the request',
  CHECK_CLIENT,
];
const INVALID_GRANT: Meaning = [
  'invalid_grant',
  'the grant is invalid or has expired',
  SIGN_IN_AGAIN,
];

/**
 * The words of the standards and of issuers. A map and not an object: a server may send `constructor`, which every object has.
 */
export const MEANINGS = new Map<string, Meaning>(
  Object.entries<Meaning>({
    // RFC 8628 §3.5
    access_denied: DENIED,
    expired_token: EXPIRED,
    // RFC 6749 §5.2
    invalid_client: UNKNOWN_CLIENT,
    unauthorized_client: [
      'unauthorized_client',
      'this client may not sign in this way',
      'Let the client use the device flow in its settings at the issuer, or name another --client-id.',
    ],
    unsupported_grant_type: [
      'unsupported_grant_type',
      'it does not offer this way to sign in',
      'Switch the device flow on at the issuer, or use an API key: qwen-demo auth login --with-api-key',
    ],
    invalid_scope: ['invalid_scope', 'it does not grant this scope', 'Name other scopes: --scope'],
    invalid_request: INVALID_REQUEST,
    invalid_grant: INVALID_GRANT,
    // RFC 6750 §3.1
    invalid_token: ['invalid_token', 'the token is invalid or has expired', SIGN_IN_AGAIN],
    // RFC 8707 §2
    invalid_target: ['invalid_target', 'it does not know this resource', 'Check --resource.'],
    // OpenID Connect Core §3.1.2.6, as Entra ID and Okta send them.
    interaction_required: ['interaction_required', 'it asks for a new sign-in', SIGN_IN_AGAIN],
    login_required: ['interaction_required', 'it asks for a new sign-in', SIGN_IN_AGAIN],
    consent_required: ['interaction_required', 'it asks for consent again', SIGN_IN_AGAIN],
    // Entra ID
    authorization_declined: DENIED,
    code_expired: EXPIRED,
    bad_verification_code: UNKNOWN_CODE,
    // GitHub
    incorrect_device_code: UNKNOWN_CODE,
    bad_refresh_token: INVALID_GRANT,
    incorrect_client_credentials: UNKNOWN_CLIENT,
    device_flow_disabled: [
      'device_flow_disabled',
      'the device flow is switched off for this client',
      'Switch the device flow on in the settings of the app at the issuer.',
    ],
    // Okta
    e0000001: INVALID_REQUEST,
    e0000011: ['invalid_token', 'the token is invalid or has expired', SIGN_IN_AGAIN],
    // Entra ID, in `suberror`
    client_mismatch: [
      'invalid_grant',
      'the login was made by another client',
      'Name the client that it was made by: --client-id',
    ],
    basic_action: ['interaction_required', 'it asks for a new sign-in', SIGN_IN_AGAIN],
    additional_action: ['interaction_required', 'it asks for one more step', SIGN_IN_AGAIN],
    user_password_expired: [
      'interaction_required',
      'the password of the user has expired',
      SIGN_IN_AGAIN,
    ],
    protection_policy_required: [
      'interaction_required',
      'a policy of its organization asks for a managed app',
      'Ask the administrator of your organization.',
    ],
    // Google
    invalid_argument: INVALID_REQUEST,
    unauthenticated: UNKNOWN_CLIENT,
    permission_denied: [
      'unauthorized_client',
      'this client may not do that',
      'Allow it in the settings of the client at the issuer, or name another --client-id.',
    ],
    org_internal: [
      'org_internal',
      'only accounts of its organization may use this client',
      'Choose an account of that organization in the browser, or name another --client-id.',
    ],
    admin_policy_enforced: [
      'admin_policy_enforced',
      'an administrator does not allow this scope',
      'Ask the administrator of your organization, or name other scopes: --scope',
    ],
  }),
);

const DENIED_IN_BROWSER: Meaning = [
  'access_denied',
  'the sign-in was denied in the browser',
  SIGN_IN_AGAIN,
];
const NOT_IN_TIME: Meaning = ['expired_token', 'the code was not approved in time', SIGN_IN_AGAIN];

/** What words mean to a poll: they come from the person in the browser. */
export const MEANINGS_AT_POLL = new Map<string, Meaning>([
  ['access_denied', DENIED_IN_BROWSER],
  ['authorization_declined', DENIED_IN_BROWSER],
  ['expired_token', NOT_IN_TIME],
  ['code_expired', NOT_IN_TIME],
]);

const NO_NEW_TOKEN: Meaning = ['access_denied', 'it denies this login a new token', SIGN_IN_AGAIN];

/** What words mean to a refresh, which no browser takes part in. */
export const MEANINGS_AT_REFRESH = new Map<string, Meaning>([
  ['access_denied', NO_NEW_TOKEN],
  ['authorization_declined', NO_NEW_TOKEN],
]);

/** Words for a server that is busy: of RFC 8628 §3.5, Google and Auth0. */
export const BUSY = new Set(['slow_down', 'rate_limit_exceeded', 'too_many_requests', 'throttled']);
/** Words for a server that fails: of RFC 6749 §4.1.2.1, Google and Okta. Token endpoints send them too. */
export const FAILED = new Set([
  'temporarily_unavailable',
  'server_error',
  'internal_error',
  'unavailable',
  'internal',
  'deadline_exceeded',
  'e0000009',
  'e0000010',
]);

/** Whether a word, in lower case, has a meaning of its own. */
export function isKnown(word: string): boolean {
  return (
    word === 'authorization_pending' || MEANINGS.has(word) || BUSY.has(word) || FAILED.has(word)
  );
}
