/** What HTTP/1.1 needs of undici. Its index also loads fetch, caches and mocks: 62 to 86 ms. */
async function load() {
  const [client, connect, request, timers] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/core/connect.js'),
    import('undici/lib/api/api-request.js'),
    import('undici/lib/util/timers.js'),
  ]);
  return {
    Client: client.default,
    /** Connects a socket. It has no limit of its own, and it keeps TLS sessions for later. */
    connect: connect.default({ timeout: 0 }),
    RequestHandler: request.default.RequestHandler,
    /**
     * They count turns of the event loop above 1 s, so that a process that was suspended finds what
     * its sockets received before it finds that the time is up. Up to 1 s late.
     */
    timers: timers.default,
  };
}

export type Undici = Awaited<ReturnType<typeof load>>;

let loading: Promise<Undici> | undefined;

/** Loaded once, at the first request. */
export function loadUndici(): Promise<Undici> {
  return (loading ??= load());
}
