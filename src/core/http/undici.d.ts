/** The parts of undici that are imported by path, so that the rest of it need not be loaded. */

declare module 'undici/lib/dispatcher/agent.js' {
  import type { Agent } from 'undici';
  const agent: typeof Agent;
  export default agent;
}

declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  import type { EnvHttpProxyAgent } from 'undici';
  const agent: typeof EnvHttpProxyAgent;
  export default agent;
}

declare module 'undici/lib/dispatcher/dispatcher.js' {
  import type { Dispatcher } from 'undici';
  const dispatcher: typeof Dispatcher;
  export default dispatcher;
}

declare module 'undici/lib/api/index.js' {
  /** The methods of a dispatcher above `dispatch`. */
  const api: object;
  export default api;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';
  type Answered = (error: Error | null, response: Dispatcher.ResponseData) => void;
  /** What `Dispatcher.prototype.request` hands to `dispatch`. */
  class RequestHandler implements Dispatcher.DispatchHandler {
    constructor(options: Dispatcher.RequestOptions, callback: Answered);
    /** Why the request must not be sent. */
    reason: unknown;
    /** Called before the head is written to the connected socket, in the same turn. */
    onConnect(abort: (reason?: Error) => void, context?: object): void;
  }
  /** A bundle has the default export alone. */
  const request: { RequestHandler: typeof RequestHandler };
  export default request;
}
