import { createHmac } from 'node:crypto';
import type { Random } from '../../core/ports.ts';
import { approvalHtml, STYLE_HASH, type ApprovalView } from './approval-html.ts';
import { OAUTH_PATHS } from './authorization-server.ts';
import type { DeviceCodes } from './device-codes.ts';
import { mediaType, readBody, ErrorReply, type Exchange, type Reply } from '../router.ts';

/** What the approval page needs. */
export interface ApprovalPageOptions {
  codes: DeviceCodes;
  random: Pick<Random, 'bytes'>;
}

const COOKIE = 'qwen_demo_sandbox';
const MAX_FORM_BYTES = 4096;

/**
 * The page at `verification_uri` (RFC 8628 §3.3). A decision counts only when it comes from this
 * page: the form carries a token bound to a cookie that no other site can send or read, the headers
 * Origin and Sec-Fetch-Site must be right, and no page can frame this one.
 */
export class ApprovalPage {
  readonly #codes: DeviceCodes;
  readonly #random: Pick<Random, 'bytes'>;
  readonly #key: Uint8Array;

  constructor({ codes, random }: ApprovalPageOptions) {
    this.#codes = codes;
    this.#random = random;
    this.#key = random.bytes(32);
  }

  /** Shows the state of the `user_code`, or a form for one. */
  show({ request, url }: Exchange): Reply {
    const user_code = url.searchParams.get('user_code')?.trim() ?? '';
    if (user_code === '') return page(200, { kind: 'enter' });
    const code = this.#codes.find(user_code);
    if (!code) return page(404, { kind: 'unknown', user_code });
    if (code.state === 'denied') return page(200, { kind: 'denied' });
    if (code.state !== 'pending') return page(200, { kind: 'approved' });

    const session = sessionOf(request.headers.cookie) ?? this.#newSession();
    const { client_id, scope } = code;
    const csrf = this.#csrf(session, code.user_code);
    return page(
      200,
      { kind: 'decide', user_code: code.user_code, client_id, scope, csrf },
      {
        'set-cookie': `${COOKIE}=${session}; Path=${OAUTH_PATHS.authorize}; HttpOnly; SameSite=Strict`,
      },
    );
  }

  /**
   * Records a decision, then redirects to `show`: a reload of that page sends nothing again.
   * @throws ErrorReply 403 when the decision does not come from this page, 413
   */
  async decide({ request }: Exchange): Promise<Reply> {
    const { origin, cookie, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const foreign =
      (origin !== undefined && origin !== `http://${host}`) ||
      (site !== undefined && site !== 'same-origin');
    if (foreign || mediaType(request) !== 'application/x-www-form-urlencoded')
      throw foreignDecision();

    const form = new URLSearchParams(await readBody(request, MAX_FORM_BYTES));
    const session = sessionOf(cookie);
    const code = this.#codes.find(form.get('user_code') ?? '');
    if (!code) return page(404, { kind: 'unknown', user_code: form.get('user_code') ?? '' });
    if (!session || form.get('csrf') !== this.#csrf(session, code.user_code))
      throw foreignDecision();

    const decision = form.get('decision');
    if (decision !== 'approve' && decision !== 'deny') throw foreignDecision();
    this.#codes.decide(code.user_code, decision === 'approve' ? 'approved' : 'denied');
    const location = `${OAUTH_PATHS.authorize}?user_code=${code.user_code}`;
    return { status: 303, headers: { ...SECURITY_HEADERS, location }, body: '' };
  }

  #newSession(): string {
    return Buffer.from(this.#random.bytes(16)).toString('base64url');
  }

  #csrf(session: string, user_code: string): string {
    return createHmac('sha256', this.#key).update(`${session} ${user_code}`).digest('base64url');
  }
}

const SECURITY_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src '${STYLE_HASH}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  // Not `no-referrer`: with it, browsers send `Origin: null` for our own form.
  'referrer-policy': 'same-origin',
} as const;

function page(status: number, view: ApprovalView, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...SECURITY_HEADERS, ...headers }, body: approvalHtml(view) };
}

function foreignDecision(): ErrorReply {
  return new ErrorReply(page(403, { kind: 'forged' }));
}

function sessionOf(cookie: string | undefined): string | undefined {
  return new RegExp(`(?:^|; )${COOKIE}=([A-Za-z0-9_-]{22})(?:;|$)`).exec(cookie ?? '')?.[1];
}
