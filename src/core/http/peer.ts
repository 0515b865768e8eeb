/** Who failed, for messages. */
export interface Peer {
  /** `host[:port]`, or `the proxy host[:port]`: as it stands in the middle of a sentence. */
  name: string;
  /** What to check, where the usual advice does not fit. */
  hint?: string;
}

export const CHECK_NETWORK = 'Check the network, and HTTPS_PROXY if you need a proxy.';

/** Begins with a capital letter; host names stay as they are. */
export function sentence(text: string): string {
  return text.replace(/^the /, 'The ');
}
