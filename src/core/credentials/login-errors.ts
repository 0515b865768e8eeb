import { AuthError } from '../errors.ts';

/** AuthError `not_signed_in`. @param location the path or the keyring entry without credentials */
export function notSignedIn(location: string): AuthError {
  return new AuthError('You are not signed in', {
    code: 'not_signed_in',
    hint: `Sign in: qwen-demo auth\n(there are no credentials at ${location})`,
  });
}

/** AuthError `login_expired`: the access token has expired and there is no refresh token. */
export function loginExpired(): AuthError {
  return new AuthError('The login has expired and cannot be refreshed', {
    code: 'login_expired',
    hint: 'Sign in again: qwen-demo auth',
  });
}
