import { QwenDemoError } from '../errors.ts';
import type { ApiPath } from '../qwen/api-url.ts';
import type { Checks } from './checks.ts';
import { applyDialect, type Dialect, MAX_TOKENS } from './dialect.ts';
import type { PlannedModel } from './plan.ts';
import {
  type MeasuredAnswer,
  type MeasuredDocument,
  postProbeRequest,
  type ProbeRequestOptions,
  type RunContext,
  sendProbeRequest,
} from './probe-request.ts';
import type { Mode, Question } from './probes/probe.ts';
import { type Provocation, provoke } from './provocation.ts';
import { type RefusedField, withoutRefused } from './refused-field.ts';
import type { ProbeName, Served } from './report.ts';
import { createServedRecord } from './served.ts';
import type { WireExchange } from './wire.ts';

/** Asks one model in its dialect. What the server refuses is not sent to it again. */
export interface ModelClient {
  /**
   * Sends one question. What the server refuses of it, a field or the role of the system text, is left
   * out once and recorded as a check `dialect/...` that is `unsupported`.
   * @throws the errors of {@link sendProbeRequest}
   */
  ask(
    question: Question,
    mode: Mode,
    options: Omit<ProbeRequestOptions, 'headers'>,
    checks: Checks,
  ): Promise<MeasuredAnswer>;
  /** Posts a body that is no question. @throws the errors of {@link postProbeRequest} */
  post(
    path: ApiPath,
    body: Readonly<Record<string, unknown>>,
    options: Omit<ProbeRequestOptions, 'headers'>,
    checks: Checks,
  ): Promise<MeasuredDocument>;
  /** Sends a request that the server has to refuse; see {@link provoke}. */
  provoke(
    provocation: Provocation,
    options: Omit<ProbeRequestOptions, 'headers'>,
  ): Promise<WireExchange | undefined>;
  /** Who answered so far. */
  served(): readonly Served[];
}

/** Fields of one request that are given up one after another. */
const MOST_REFUSED = 4;

/** Begins to ask a model. */
export function createModelClient(
  { model, dialect: described, served_as }: PlannedModel,
  run: RunContext,
): ModelClient {
  let dialect: Dialect = described;
  const record = createServedRecord(model, served_as);
  return {
    async ask(question, mode, options, checks) {
      let once: Dialect | undefined;
      for (let refusals = 0; ; refusals += 1) {
        const spoken = once ?? dialect;
        const request = applyDialect(requestFor(model, question, mode), spoken);
        try {
          const { headers } = spoken;
          const answered = await sendProbeRequest(request, run, { ...options, headers });
          record.record(answered.wire, checks);
          return answered;
        } catch (error) {
          if (!(error instanceof QwenDemoError) || refusals === MOST_REFUSED) throw error;
          const refused = withoutRefused(request, spoken, error);
          // Another question of this model, asked at the same time, may have met the same refusal.
          if (refused === undefined) throw error;
          if (refused.once === true) once = refused.dialect;
          else if (dialect === spoken) dialect = refused.dialect;
          checks.unsupported(checkOf(refused, options.probe), reasonOf(refused, error));
        }
      }
    },
    async post(path, body, options, checks) {
      const { extra_body, headers } = described;
      const posted = await postProbeRequest(path, { ...body, ...extra_body }, run, {
        ...options,
        headers,
      });
      record.record(posted.wire, checks);
      return posted;
    },
    provoke: (provocation, options) =>
      provoke(provocation, run, { ...options, headers: described.headers }),
    served: () => record.all(),
  };
}

/** The role of the system text is what the probe `system` is about. */
function checkOf({ kind, what, once }: RefusedField, probe: ProbeName): string {
  if (kind === 'mode' && once !== true) return 'modes/whole';
  if (kind === 'role') return probe === 'system' ? 'system/role' : 'dialect/system-role';
  return `dialect/${what.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
}

function reasonOf({ kind, what, once }: RefusedField, { message }: QwenDemoError): string {
  if (kind !== 'mode') return `The server refused the ${kind} ${what}: ${message}`;
  const asked = once === true ? 'an answer with thinking' : 'an answer';
  return `The server sends ${asked} as a stream alone ("stream_only" in the models file): ${message}`;
}

function requestFor(model: string, { messages, parameters }: Question, mode: Mode) {
  const stream = mode === 'streamed';
  return { model, messages, stream, parameters: { max_tokens: MAX_TOKENS, ...parameters } };
}
