/**
 * One or more visible ASCII characters: what an access token (RFC 6749 appendix A.12) and an API key
 * consist of. An `Authorization` header can hold no other characters.
 */
export const VISIBLE_ASCII = /^[\x21-\x7E]+$/;
