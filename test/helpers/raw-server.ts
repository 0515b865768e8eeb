import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP server on 127.0.0.1 that a test scripts byte by byte. */
export interface RawServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Every connection so far, closed ones too. */
  sockets: Socket[];
}

/** Errors of its connections are ignored: a client may drop them at any time. */
export async function rawServer(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
