/** Metadata of an issuer; `$` stands for its URL. */
export const metadata = {
  issuer: '$',
  device_authorization_endpoint: '$/device',
  token_endpoint: '$/token',
};
/** Everything that a place can answer instead of metadata, with what the error says of it. */
export const USELESS: readonly [string, unknown, code: string, said: string][] = [
  ['a web page', '<html>Sign in</html>', 'no_metadata', 'a web page'],
  ['HTTP 401', { status: 401 }, 'no_metadata', 'HTTP 401'],
  ['HTTP 404', undefined, 'no_metadata', 'HTTP 404'],
  ['HTTP 503', { status: 503 }, 'server_error', 'HTTP 503'],
  ['HTTP 429', { status: 429 }, 'rate_limited', 'HTTP 429'],
  [
    'a redirect to a login page',
    { status: 302 },
    'redirect_refused',
    'redirect (302) to sso.example.com',
  ],
  ['a time-out', { hang: true }, 'headers_timeout', 'did not begin to answer'],
  ['a dropped connection', { drop: true }, 'connection_reset', 'closed the connection'],
  ['a body that is cut off', { cut: true }, 'connection_reset', 'closed the connection'],
  ['JSON of something else', { error: 'not found' }, 'no_metadata', 'no metadata'],
  ['a list', [1, 2], 'no_metadata', 'no metadata'],
  ['nothing', '', 'no_metadata', 'no metadata'],
  [
    'metadata of another issuer',
    { ...metadata, issuer: '$/other' },
    'issuer_mismatch',
    'metadata of "$/other"',
  ],
  ['metadata of no URL', { ...metadata, issuer: 'x' }, 'issuer_mismatch', 'metadata of "x"'],
  [
    'metadata without an issuer',
    { ...metadata, issuer: null },
    'issuer_mismatch',
    'metadata without an issuer',
  ],
  [
    'metadata without a device endpoint',
    { issuer: '$', token_endpoint: '$/token' },
    'no_device_flow',
    'metadata without device_authorization_endpoint',
  ],
  [
    'metadata with null for the token endpoint',
    { ...metadata, token_endpoint: null },
    'no_device_flow',
    'metadata without token_endpoint',
  ],
  [
    'an endpoint on another host',
    { ...metadata, token_endpoint: 'https://evil.example/token' },
    'unsafe_endpoint',
    'an endpoint at "https://evil.example/token"',
  ],
  [
    'an endpoint that is not https',
    { ...metadata, device_authorization_endpoint: 'http://example.com/device' },
    'unsafe_endpoint',
    'an endpoint at "http://example.com/device"',
  ],
];
