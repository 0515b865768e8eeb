import { expect, test } from 'vitest';
import { requestDeviceAuthorization } from '../../../src/core/oauth/device-authorization.ts';
import { pollForToken } from '../../../src/core/oauth/poll.ts';
import { DEVICE, granted, scriptedIssuer, TOKEN } from '../../helpers/scripted-issuer.ts';

test('a code that was approved while the machine was suspended signs in', async () => {
  await using world = await scriptedIssuer({ json: DEVICE }, granted);
  const device = await requestDeviceAuthorization(world);
  // A day passes between two polls.
  world.clock.advance(24 * 3600 * 1000);
  await expect(pollForToken({ ...world, device })).resolves.toEqual(TOKEN);
});

test.each([
  [408, 'Request Timeout'],
  [425, 'access_denied'],
  [429, 'invalid_grant'],
  [500, 'access_denied'],
  [503, 'expired_token'],
])('a poll that the server answers with %i and %s is repeated', async (status, error) => {
  await using world = await scriptedIssuer({ json: DEVICE }, { status, json: { error } }, granted);
  const device = await requestDeviceAuthorization(world);
  await expect(pollForToken({ ...world, device })).resolves.toEqual(TOKEN);
});

test('a redirect at the request for a code is refused with advice for a login', async () => {
  await using world = await scriptedIssuer({ status: 302, text: '' });
  await expect(requestDeviceAuthorization(world)).rejects.toMatchObject({
    code: 'redirect_refused',
    hint: expect.stringMatching(/check --issuer(?!.*base URL)/s),
  });
});
