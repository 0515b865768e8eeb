/**
 * Loads the parts of undici that HTTP/1.1 needs. Its index also loads fetch, caches and mocks: 62 to
 * 86 ms. These paths are internal, so that package.json pins the minor version.
 */
async function load() {
  const [client, connect, request, timers] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/core/connect.js'),
    import('undici/lib/api/api-request.js'),
    import('undici/lib/util/timers.js'),
  ]);
  return {
    Client: client.default,
    /** Connects a socket without a time limit. Keeps TLS sessions for later connections. */
    connect: connect.default({ timeout: 0 }),
    RequestHandler: request.default.RequestHandler,
    /**
     * Above 1 s these timers count ticks of a coarse clock. A process that was suspended then reads
     * what its sockets received before a timer fires. They fire up to 1 s late.
     */
    timers: timers.default,
  };
}

/** The loaded parts of undici. */
export type Undici = Awaited<ReturnType<typeof load>>;

let loading: Promise<Undici> | undefined;

/** Loads undici once; later calls get the same modules. */
export function loadUndici(): Promise<Undici> {
  return (loading ??= load());
}
