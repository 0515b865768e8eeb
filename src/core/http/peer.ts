/** The other end of a connection, for messages. */
export interface Peer {
  /** `host[:port]`, or `the proxy host[:port]`, in the form for the middle of a sentence. */
  name: string;
  /** A hint that replaces the usual one. */
  hint?: string;
  /** The variable that names the proxy on the way to the peer. */
  through?: string;
}

/** The hint of most failures to connect. */
export function checkNetwork({ hint, through }: Peer): string {
  if (hint !== undefined) return hint;
  if (through !== undefined) return `Check the network, and the proxy that ${through} names.`;
  return 'Check the network, and HTTPS_PROXY or ALL_PROXY if you need a proxy.';
}

/** Capitalizes the first letter of a sentence that does not begin with a host name. */
export function sentence(text: string): string {
  return text.replace(/^the /, 'The ');
}
