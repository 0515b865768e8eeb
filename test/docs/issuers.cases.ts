/** The part of the metadata that a device flow needs. */
interface Metadata extends Record<string, unknown> {
  revocation_endpoint?: string;
}

/** An issuer as its documentation describes it. URLs are the real ones; the test maps their hosts. */
export interface IssuerCase {
  /** Its name in docs/issuers.md. */
  issuer: string;
  /** Its metadata, and where they are. */
  metadata?: readonly [url: string, document: Metadata];
  device_endpoint: string;
  token_endpoint: string;
  /** The response with the code. */
  device: object;
  /** The answer to a poll before the user approves. */
  pending: readonly [status: number, body: object];
  token: object;
  /** Why it refuses a request with this form, if it does. */
  refuses?: (form: URLSearchParams, basic: boolean) => string | undefined | false;
  /** Fields of the device authorization request; null for one that must not be there. */
  sends: Record<string, string | null>;
  /** Fields of the credentials that are stored. */
  stores: object;
}

const CODE = { device_code: 'device-code', user_code: 'WDJB-MJHT', expires_in: 900, interval: 5 };
const TOKEN = { access_token: 'access-1', token_type: 'Bearer', expires_in: 3600 };
const REFRESHABLE = { ...TOKEN, refresh_token: 'refresh-1' };
const PENDING = { error: 'authorization_pending' };
const OPENID = ['openid', 'profile', 'email', 'offline_access'];
const BOTH = ['client_secret_basic', 'client_secret_post'];

const ENTRA = 'https://login.microsoftonline.com/TENANT';
const OKTA = 'https://example.okta.com/oauth2/default';
const AUTH0 = 'https://example.eu.auth0.com/';
const KEYCLOAK = 'https://keycloak.example.com/realms/REALM';
const AUTHENTIK = 'https://authentik.example.com/application/o/';
const DEX = 'https://dex.example.com/dex';

export const ISSUERS: readonly IssuerCase[] = [
  {
    issuer: 'GitHub',
    device_endpoint: 'https://github.com/login/device/code',
    token_endpoint: 'https://github.com/login/oauth/access_token',
    device: { ...CODE, expires_in: 899, verification_uri: 'https://github.com/login/device' },
    pending: [200, { ...PENDING, error_uri: 'https://docs.github.com/developers/apps' }],
    token: {
      access_token: 'ghu_1',
      token_type: 'bearer',
      scope: '',
      expires_in: 28_800,
      refresh_token: 'ghr_1',
      refresh_token_expires_in: 15_897_600,
    },
    sends: { client_id: 'ID', scope: 'read:user', client_secret: null },
    stores: { issuer: 'https://github.com', access_token: 'ghu_1', scope: 'read:user' },
  },
  {
    issuer: 'Google',
    metadata: [
      'https://accounts.google.com/.well-known/openid-configuration',
      {
        issuer: 'https://accounts.google.com',
        device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code',
        token_endpoint: 'https://oauth2.googleapis.com/token',
        revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
        scopes_supported: ['openid', 'email', 'profile'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      },
    ],
    device_endpoint: 'https://oauth2.googleapis.com/device/code',
    token_endpoint: 'https://oauth2.googleapis.com/token',
    device: { ...CODE, expires_in: 1800, verification_url: 'https://www.google.com/device' },
    pending: [428, { ...PENDING, error_description: 'Precondition Required' }],
    token: { ...REFRESHABLE, id_token: 'e30.e30.', scope: 'openid email' },
    refuses: (form) =>
      form.has('grant_type') && form.get('client_secret') !== 'SECRET' && 'invalid_client',
    sends: { scope: 'openid email', client_secret: 'SECRET' },
    stores: {
      issuer: 'https://accounts.google.com',
      client_secret: 'SECRET',
      token_endpoint_auth_method: 'client_secret_post',
      trust_host: ['oauth2.googleapis.com'],
      revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
    },
  },
  {
    issuer: 'Entra ID',
    metadata: [
      `${ENTRA}/v2.0/.well-known/openid-configuration`,
      {
        issuer: `https://login.microsoftonline.com/{tenantid}/v2.0`,
        device_authorization_endpoint: `${ENTRA}/oauth2/v2.0/devicecode`,
        token_endpoint: `${ENTRA}/oauth2/v2.0/token`,
        scopes_supported: OPENID,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
        tenant_region_scope: null,
      },
    ],
    device_endpoint: `${ENTRA}/oauth2/v2.0/devicecode`,
    token_endpoint: `${ENTRA}/oauth2/v2.0/token`,
    device: {
      ...CODE,
      verification_uri: 'https://microsoft.com/devicelogin',
      message: 'To sign in, use a web browser to open the page …',
    },
    pending: [400, { ...PENDING, error_codes: [70016], correlation_id: 'c' }],
    token: { ...REFRESHABLE, ext_expires_in: 3600, scope: 'api://LLM/.default' },
    refuses: (form) => !form.has('grant_type') && !form.get('scope') && 'invalid_request',
    sends: { scope: 'openid offline_access api://LLM/.default' },
    stores: { issuer: `${ENTRA}/v2.0`, refresh_token: 'refresh-1' },
  },
  {
    issuer: 'Okta',
    metadata: [
      `${OKTA}/.well-known/openid-configuration`,
      {
        issuer: OKTA,
        device_authorization_endpoint: `${OKTA}/v1/device/authorize`,
        token_endpoint: `${OKTA}/v1/token`,
        revocation_endpoint: `${OKTA}/v1/revoke`,
        scopes_supported: OPENID,
        token_endpoint_auth_methods_supported: [...BOTH, 'private_key_jwt', 'none'],
      },
    ],
    device_endpoint: `${OKTA}/v1/device/authorize`,
    token_endpoint: `${OKTA}/v1/token`,
    device: {
      ...CODE,
      verification_uri: 'https://example.okta.com/activate',
      verification_uri_complete: 'https://example.okta.com/activate?user_code=WDJBMJHT',
    },
    pending: [400, { ...PENDING, error_description: 'The device authorization is pending.' }],
    token: { ...REFRESHABLE, scope: 'offline_access openid' },
    refuses: (form) => !form.has('grant_type') && !form.get('scope') && 'invalid_scope',
    sends: { scope: 'openid offline_access' },
    stores: { issuer: OKTA, revocation_endpoint: `${OKTA}/v1/revoke` },
  },
  {
    issuer: 'Auth0',
    metadata: [
      `${AUTH0}.well-known/openid-configuration`,
      {
        issuer: AUTH0,
        device_authorization_endpoint: `${AUTH0}oauth/device/code`,
        token_endpoint: `${AUTH0}oauth/token`,
        revocation_endpoint: `${AUTH0}oauth/revoke`,
        scopes_supported: OPENID,
        token_endpoint_auth_methods_supported: BOTH,
      },
    ],
    device_endpoint: `${AUTH0}oauth/device/code`,
    token_endpoint: `${AUTH0}oauth/token`,
    device: {
      ...CODE,
      verification_uri: `${AUTH0}activate`,
      verification_uri_complete: `${AUTH0}activate?user_code=WDJB-MJHT`,
    },
    pending: [403, { ...PENDING, error_description: 'User has yet to authorize device code.' }],
    token: { ...REFRESHABLE, expires_in: 86_400, scope: 'openid offline_access' },
    sends: { scope: 'openid offline_access', audience: 'https://llm.example.com' },
    stores: { issuer: AUTH0, param: ['audience=https://llm.example.com'] },
  },
  {
    issuer: 'Keycloak',
    metadata: [
      `${KEYCLOAK}/.well-known/openid-configuration`,
      {
        issuer: KEYCLOAK,
        device_authorization_endpoint: `${KEYCLOAK}/protocol/openid-connect/auth/device`,
        token_endpoint: `${KEYCLOAK}/protocol/openid-connect/token`,
        revocation_endpoint: `${KEYCLOAK}/protocol/openid-connect/revoke`,
        scopes_supported: OPENID,
        token_endpoint_auth_methods_supported: ['private_key_jwt', ...BOTH],
      },
    ],
    device_endpoint: `${KEYCLOAK}/protocol/openid-connect/auth/device`,
    token_endpoint: `${KEYCLOAK}/protocol/openid-connect/token`,
    device: {
      ...CODE,
      verification_uri: `${KEYCLOAK}/device`,
      verification_uri_complete: `${KEYCLOAK}/device?user_code=WDJB-MJHT`,
    },
    pending: [400, { ...PENDING, error_description: 'The authorization request is still pending' }],
    token: { ...REFRESHABLE, refresh_expires_in: 0, 'not-before-policy': 0, session_state: 's' },
    // PKCE can be required of a client.
    refuses: (form) => !form.has('grant_type') && !form.has('code_challenge') && 'invalid_request',
    sends: { scope: 'openid offline_access', code_challenge_method: 'S256' },
    stores: { issuer: KEYCLOAK },
  },
  {
    issuer: 'Authentik',
    metadata: [
      `${AUTHENTIK}SLUG/.well-known/openid-configuration`,
      {
        issuer: `${AUTHENTIK}SLUG/`,
        device_authorization_endpoint: `${AUTHENTIK}device/`,
        token_endpoint: `${AUTHENTIK}token/`,
        revocation_endpoint: `${AUTHENTIK}revoke/`,
        scopes_supported: ['openid', 'email', 'profile', 'offline_access'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      },
    ],
    device_endpoint: `${AUTHENTIK}device/`,
    token_endpoint: `${AUTHENTIK}token/`,
    device: {
      ...CODE,
      user_code: '123456789',
      expires_in: 60,
      verification_uri: 'https://authentik.example.com/device',
      verification_uri_complete: 'https://authentik.example.com/device?code=123456789',
    },
    pending: [400, PENDING],
    token: { ...REFRESHABLE, token_type: 'Bearer' },
    sends: { scope: 'openid offline_access' },
    stores: { issuer: `${AUTHENTIK}SLUG/`, token_endpoint: `${AUTHENTIK}token/` },
  },
  {
    issuer: 'Dex',
    metadata: [
      `${DEX}/.well-known/openid-configuration`,
      {
        issuer: DEX,
        device_authorization_endpoint: `${DEX}/device/code`,
        token_endpoint: `${DEX}/token`,
        scopes_supported: ['openid', 'email', 'groups', 'profile', 'offline_access'],
        token_endpoint_auth_methods_supported: BOTH,
      },
    ],
    device_endpoint: `${DEX}/device/code`,
    token_endpoint: `${DEX}/token`,
    device: {
      ...CODE,
      verification_uri: `${DEX}/device`,
      verification_uri_complete: `${DEX}/device?user_code=WDJB-MJHT`,
    },
    pending: [401, PENDING],
    token: { ...REFRESHABLE, expires_in: 86_399, id_token: 'e30.e30.' },
    refuses: (form) =>
      form.get('scope') !== null && !form.get('scope')?.includes('openid') && 'invalid_scope',
    sends: { scope: 'openid offline_access', client_secret: null },
    stores: { issuer: DEX },
  },
];
