import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import { QwenDemoError } from '../../core/errors.ts';
import { reasonOf } from '../../core/files/storage-error.ts';
import { describeFailure } from '../../core/http/failure.ts';
import type { Send } from '../../core/http/message.ts';
import { type Proxy, PROXY_VARIABLES, proxyFor } from '../../core/http/proxy.ts';
import { ADDRESS_TIMEOUT } from '../../core/http/timeouts.ts';
import { proxyPeer } from '../../core/http/tunnel.ts';
import { ownValue } from '../../core/json.ts';
import { hostOf, isLoopbackHost } from '../../core/qwen/hosts.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** What came of one request to a server, sent without a key or a token. */
export interface Reached {
  url: string;
  /** Why no answer came. */
  error?: QwenDemoError;
  status?: number;
  /** Whether the answer is a web page. */
  html?: boolean;
  /** From the request to the head of the answer, in ms. */
  ms?: number;
  /** How far this machine is ahead of the server, in ms; undefined when it sent no date. */
  ahead?: number | undefined;
}

/** Asks a server; any status is an answer. @throws the reason of `context.signal` */
export async function reach(
  context: Context,
  { user_agent }: Settings,
  { url, send, signal }: { url: string; send: Send; signal: AbortSignal },
): Promise<Reached> {
  const { clock } = context;
  const [begun, from] = [clock.monotonic(), clock.now()];
  try {
    const headers = { accept: 'application/json', 'user-agent': user_agent.value };
    const response = await send({ method: 'GET', url, headers, signal });
    const [ms, now] = [clock.monotonic() - begun, clock.now()];
    for await (const _ of response.body) break;
    const { date = '', age = '0', 'content-type': type = '' } = response.headers;
    // A date has whole seconds; a cache says how old its copy is (RFC 9110 §6.6.1, RFC 9111 §5.1).
    const server = clock.parseDate(date) + (Number(age) || 0) * 1000 + 500;
    const ahead = Number.isNaN(server) ? undefined : (from + now) / 2 - server;
    return { url, status: response.status, html: /html/i.test(type), ms, ahead };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof QwenDemoError)) throw error;
    return error.code === 'redirect_refused'
      ? { url, status: error.status ?? 302 }
      : { url, error };
  }
}

/** Whether the system finds the address of the server, or the proxy does. */
export async function checkDns({ proxy }: Settings, url: string): Promise<Finding> {
  const through = quietly(() => proxyFor(new URL(url), proxy));
  const name = new URL(through?.url ?? url).hostname.replace(/^\[|\]$/g, '');
  const whose = through === undefined ? name : `the proxy ${name}`;
  if (isIP(name) !== 0) return ok('dns', `${whose} is an address`);
  try {
    const { length } = await lookup(name, { all: true });
    return ok('dns', `${whose} has ${length === 1 ? '1 address' : `${length} addresses`}`);
  } catch (error) {
    const peer = through === undefined ? { name } : proxyPeer(through);
    return problem('dns', describeFailure(error, peer));
  }
}

/** Which variable names the proxy for the server, and whether something answers there. */
export async function checkProxy(
  { proxy }: Settings,
  { url, error }: Reached,
  signal: AbortSignal,
): Promise<Finding> {
  const host = hostOf(url);
  try {
    const through = proxyFor(new URL(url), proxy);
    if (through === undefined) return ok('proxy', `none for ${host}${whyNone(url, proxy)}`);
    await open(through, signal);
    if (error?.code === 'proxy_refused') return problem('proxy', error);
    const { variable, url: at } = through;
    return ok('proxy', `${variable} names ${at.protocol}//${at.host} for ${host}, which answers`);
  } catch (failure) {
    return problem('proxy', failure);
  }
}

function whyNone(url: string, proxy: Settings['proxy']): string {
  const variable = PROXY_VARIABLES.find((name) => proxy[name] && !/^no_/i.test(name));
  if (variable === undefined) return '';
  const why = isLoopbackHost(new URL(url).hostname)
    ? 'this machine needs none'
    : 'NO_PROXY names it';
  return `: ${variable} is set, and ${why}`;
}

/** @throws NetworkError when the proxy does not accept a connection */
function open(proxy: Proxy, signal: AbortSignal): Promise<void> {
  const { hostname, port, protocol } = proxy.url;
  const usual = protocol === 'https:' ? 443 : protocol === 'http:' ? 80 : 1080;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || usual,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT,
    });
    const failureOf = (error: unknown) => describeFailure(error, proxyPeer(proxy), signal) as Error;
    const end = (error?: unknown) => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(failureOf(error));
    };
    signal.addEventListener('abort', () => end(signal.reason), { once: true });
    socket.once('connect', () => end());
    socket.once('error', end);
  });
}

/** The failures that another check shows. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  dns: 'dns',
  dns_unavailable: 'dns',
  tls: 'tls',
  proxy_refused: 'proxy',
  invalid_proxy: 'proxy',
};

/** Whether the server answers. */
export function checkConnection({ url, error, status = 0, html, ms }: Reached): Finding {
  const host = hostOf(url);
  if (error !== undefined) {
    const other = ownValue(SHOWN_ELSEWHERE, error.code);
    if (other === undefined) return problem('connection', error);
    return warning('connection', `${host} was not reached, see ${other}`);
  }
  const took = ms === undefined ? '' : ` in ${Math.round(ms)} ms`;
  const answer = `${host} answered HTTP ${status}${took}`;
  if (status >= 500) return warning('connection', `${answer}: it fails now`, 'Try again later.');
  // Without a path it is the server of the login, whose front page is a web page.
  if (html === true && status < 300 && new URL(url).pathname !== '/') {
    const hint = 'A network that asks people to sign in answers so: open any page in a browser.';
    return warning('connection', `${answer} with a web page`, hint);
  }
  return ok('connection', answer);
}

/** Whether the certificate of the server is accepted. */
export function checkCertificate({ url, error }: Reached): Finding {
  const host = hostOf(url);
  if (/^http:/i.test(url)) return ok('tls', `${host} is asked over plain http`);
  if (error === undefined) return ok('tls', `the certificate of ${host} is accepted`);
  if (error.code === 'tls') return problem('tls', error);
  return warning('tls', `the certificate of ${host} was not seen: it was not reached`);
}

/** The variables of Node about certificates. */
export async function checkCertificateVariables({ env }: Context): Promise<Finding[]> {
  const { NODE_EXTRA_CA_CERTS: extra, NODE_TLS_REJECT_UNAUTHORIZED: reject } = env;
  const unchecked =
    'NODE_TLS_REJECT_UNAUTHORIZED=0: certificates are not checked, and others on the way can read what is sent';
  const ways = 'Name the certificate authority in NODE_EXTRA_CA_CERTS, and remove it:\n';
  return [
    ...(reject === '0'
      ? [warning('tls', unchecked, `${ways}  unset NODE_TLS_REJECT_UNAUTHORIZED`)]
      : []),
    ...(extra ? [await checkExtra(extra)] : []),
  ];
}

async function checkExtra(path: string): Promise<Finding> {
  const ignored = (why: string) =>
    warning(
      'tls',
      `NODE_EXTRA_CA_CERTS is ignored: ${path}: ${why}`,
      'Name a file with certificates in PEM form, or unset NODE_EXTRA_CA_CERTS.',
    );
  try {
    const text = await readFile(path, 'latin1');
    const count = text.split('-----BEGIN CERTIFICATE-----').length - 1;
    if (count === 0) return ignored('it holds no certificate in PEM form');
    return ok(
      'tls',
      `NODE_EXTRA_CA_CERTS adds ${count} ${count === 1 ? 'authority' : 'authorities'}`,
    );
  } catch (error) {
    return ignored(reasonOf(error));
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
