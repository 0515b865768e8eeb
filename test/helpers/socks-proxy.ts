import { connect, type Socket } from 'node:net';
import { rawServer } from './raw-server.ts';

/** The reply to a request that is granted. */
export const OK = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/** A SOCKS5 proxy that answers with fixed bytes, then forwards to `target`. */
export const socks = (answers: number[][], seen: string[], target?: string) =>
  rawServer((socket: Socket) => {
    let count = 0;
    socket.on('data', function onData(bytes: Buffer) {
      seen.push(bytes.toString('latin1'));
      const answer = answers[count++];
      if (answer) socket.write(Uint8Array.from(answer));
      if (count < answers.length) return;
      socket.off('data', onData);
      if (target === undefined) return void socket.end();
      const upstream = connect(Number(new URL(target).port), '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
  });
