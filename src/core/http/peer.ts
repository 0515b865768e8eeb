/** The other end of a connection, for messages. */
export interface Peer {
  /** `host[:port]`, or `the proxy host[:port]`, in the form for the middle of a sentence. */
  name: string;
  /** A hint that replaces the usual one. */
  hint?: string;
}

/** The hint of most failures to connect. */
export const CHECK_NETWORK = 'Check the network, and HTTPS_PROXY if you need a proxy.';

/** Capitalizes the first letter of a sentence that does not begin with a host name. */
export function sentence(text: string): string {
  return text.replace(/^the /, 'The ');
}
