/**
 * undici is CommonJS and imported by path: its parts, so that the rest need not be loaded, and its
 * index, because bundled it has a default export only.
 */

declare module 'undici/lib/dispatcher/agent.js' {
  import type { Agent } from 'undici';
  const agent: typeof Agent;
  export default agent;
}

declare module 'undici/index.js' {
  import type * as undici from 'undici';
  const all: typeof undici;
  export default all;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';
  /** `Dispatcher.prototype.request`, before undici's index has put it there. */
  const request: (
    this: Dispatcher,
    options: Dispatcher.RequestOptions,
  ) => Promise<Dispatcher.ResponseData>;
  export default request;
}
