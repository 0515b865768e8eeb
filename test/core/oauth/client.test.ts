import { ClientSecretBasic, ClientSecretPost } from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import {
  CLIENT_AUTH_METHODS,
  clientForm,
  clientHeaders,
  type OAuthClient,
} from '../../../src/core/oauth/client.ts';
import { encodeForm } from '../../../src/core/oauth/form.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { scriptedIssuer } from '../../helpers/scripted-issuer.ts';

const SECRETS = ['plain-secret-1', 'a b+c:d/e%f&g=h', 'ключ🔑é', '~!*()\'-._"'];

/** What oauth4webapi, an independent client, sends for the same secret. */
async function independent({ client_id, client_secret = '', ...client }: OAuthClient) {
  const [body, headers] = [new URLSearchParams(), new Headers()];
  const { token_endpoint_auth_method: method } = client;
  const send = method === 'client_secret_basic' ? ClientSecretBasic : ClientSecretPost;
  await send(client_secret)({ issuer: 'https://as.example' }, { client_id }, body, headers);
  return { body, authorization: headers.get('authorization') };
}

/** The halves of a Basic header as a server reads them (RFC 6749 §2.3.1). */
function halves(authorization: string | null | undefined) {
  const pair = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  return pair.split(':').map((half) => new URLSearchParams(`v=${half}`).get('v'));
}

describe.each(SECRETS)('the client secret %j', (client_secret) => {
  test.each(CLIENT_AUTH_METHODS)('is sent by %s as oauth4webapi sends it', async (method) => {
    const client = { client_id: 'id: 1', client_secret, token_endpoint_auth_method: method };
    const other = await independent(client);
    const body = new URLSearchParams(encodeForm(clientForm(client)));
    expect([...body]).toEqual([...other.body]);
    expect(halves(clientHeaders(client).authorization)).toEqual(halves(other.authorization));
  });

  test.each(CLIENT_AUTH_METHODS)('sent by %s is in no error that repeats it', async (method) => {
    const client = { client_id: 'id', client_secret, token_endpoint_auth_method: method };
    const { authorization = '' } = clientHeaders(client);
    const basic = authorization.replace('Basic ', '');
    const error_description = `${client_secret} ${basic} ${encodeForm({ s: client_secret })}`;
    const json = { error: 'invalid_client', error_description };
    await using issuer = await scriptedIssuer({ status: 401, json });
    const refresh = refreshGrant({ ...issuer, ...client, refresh_token: 'refresh-1' });
    const { message } = (await refresh.catch((error: unknown) => error)) as Error;
    expect(message).toContain('[redacted]');
    for (const secret of [client_secret, encodeURIComponent(client_secret), basic]) {
      if (secret !== '') expect(message).not.toContain(secret);
    }
  });
});

test('a client without a secret is named by client_id alone, whatever the method', () => {
  const client = {
    client_id: 'public',
    token_endpoint_auth_method: 'client_secret_basic',
  } as const;
  expect(encodeForm(clientForm(client))).toBe('client_id=public');
  expect(clientHeaders(client)).toEqual({});
});
