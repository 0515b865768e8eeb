/** The parts of undici that are imported by path, so that the rest of it need not be loaded. */

declare module 'undici/lib/dispatcher/client.js' {
  import type { Client } from 'undici';
  const client: typeof Client;
  export default client;
}

declare module 'undici/lib/core/connect.js' {
  import type { Socket } from 'node:net';
  import type { buildConnector } from 'undici';
  /** Unlike its public type, the connector returns the socket that it connects. */
  type Connect = (options: buildConnector.Options, callback: buildConnector.Callback) => Socket;
  const build: (options: { timeout: number; autoSelectFamilyAttemptTimeout: number }) => Connect;
  export default build;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Readable } from 'node:stream';
  import type { Dispatcher } from 'undici';
  type Answered = (error: Error | null, response: Dispatcher.ResponseData) => void;
  /** The handler that `Dispatcher.prototype.request` passes to `dispatch`. */
  class RequestHandler implements Dispatcher.DispatchHandler {
    constructor(options: Dispatcher.RequestOptions, callback: Answered);
    /** Why the request must not be sent. */
    reason: unknown;
    /** The body of the response, until its end. */
    res: Readable | null;
    /** Called before the head is written to the connected socket, in the same turn. */
    onConnect(abort: (reason?: Error) => void, context?: object): void;
    /** Called when the whole request is written. */
    onRequestSent?: () => void;
    /** Called when the connection fails, before or within the response. */
    onError(error: Error): void;
  }
  /** A bundle has the default export alone. */
  const request: { RequestHandler: typeof RequestHandler };
  export default request;
}

declare module 'undici/lib/util/timers.js' {
  type Timer = { refresh(): unknown };
  const timers: {
    setTimeout(callback: () => void, ms: number): Timer;
    clearTimeout(timer: Timer): void;
  };
  export default timers;
}
