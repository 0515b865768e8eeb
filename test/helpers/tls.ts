import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A self-signed certificate for `host` and 127.0.0.1, made by openssl in a folder of its own. */
export interface Certificate extends Disposable {
  cert: string;
  key: string;
  /** The file of the certificate, for NODE_EXTRA_CA_CERTS. */
  path: string;
}

export function createCertificate(host: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'qwen-demo-tls-'));
  const [path, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = `subjectAltName=DNS:${host},IP:127.0.0.1`;
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const files = ['-keyout', keyPath, '-out', path];
  const subject = ['-subj', '/CN=qwen-demo test', '-addext', names, '-days', '2'];
  const args = ['req', '-x509', '-nodes', ...curve, ...files, ...subject];
  execFileSync('openssl', args, { stdio: 'ignore', timeout: 10_000 });
  return {
    cert: readFileSync(path, 'utf8'),
    key: readFileSync(keyPath, 'utf8'),
    path,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A server on 127.0.0.1, over TLS when it has a certificate. */
export interface TlsServer extends AsyncDisposable {
  server: Server;
  port: number;
}

export async function listen(
  listener: RequestListener,
  certificate?: Certificate,
): Promise<TlsServer> {
  const server = certificate
    ? createSecureServer({ cert: certificate.cert, key: certificate.key }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tunnels = new Set<{ destroy(): void }>();
  server.on('connect', (_, socket) => tunnels.add(socket));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A proxy whose every tunnel leads to 127.0.0.1:`port`; `asked` are the targets of CONNECT. */
export async function tunnelTo(
  port: number,
  asked: string[],
  certificate?: Certificate,
): Promise<TlsServer> {
  const proxy = await listen((_, response) => response.writeHead(405).end(), certificate);
  proxy.server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  return proxy;
}
