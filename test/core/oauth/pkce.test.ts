import { expect, test } from 'vitest';
import { codeChallenge, createCodeVerifier } from '../../../src/core/oauth/device-authorization.ts';
import { realRandom } from '../../helpers/real-world.ts';

test('the challenge is that of RFC 7636, appendix B', () => {
  expect(codeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test('the verifier is 32 bytes in base64url, as in RFC 7636, appendix B', () => {
  const bytes = Uint8Array.from([
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
    105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
  ]);
  const random = { ...realRandom, bytes: (size: number) => bytes.subarray(0, size) };
  expect(createCodeVerifier(random)).toBe('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
});
