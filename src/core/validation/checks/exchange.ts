import type { Checks } from '../checks.ts';
import type { Exchange } from '../probes/probe.ts';
import { finishFinding, truthFinding } from './finish.ts';
import {
  choicesFinding,
  doneFinding,
  envelopeFinding,
  eventsFinding,
  headFinding,
  modeFinding,
  roleFinding,
} from './form.ts';
import { type Finding, type Sent, takeApart } from './sent.ts';
import {
  contentFinding,
  piecesFinding,
  reasoningFinding,
  refusalFinding,
  textFinding,
} from './text.ts';
import { sumFinding, usageFinding } from './usage.ts';

type Judgement = readonly [check: string, find: (sent: Sent) => Finding];

/** Of every answer. */
const ANY: readonly Judgement[] = [
  ['wire/head', headFinding],
  ['wire/mode', modeFinding],
  ['wire/envelope', envelopeFinding],
  ['wire/choices', choicesFinding],
  ['wire/role', roleFinding],
  ['wire/content', contentFinding],
  ['wire/text', textFinding],
  ['wire/refusal', refusalFinding],
  ['wire/reasoning', reasoningFinding],
  ['wire/finish-reason', finishFinding],
  ['wire/finish-reason-true', truthFinding],
  ['wire/usage', usageFinding],
  ['wire/usage-sum', sumFinding],
];

/** Of an event stream. */
const STREAM: readonly Judgement[] = [
  ['wire/events', eventsFinding],
  ['wire/done', doneFinding],
  ['wire/pieces', piecesFinding],
];

/**
 * Judges the raw form of an answer, whatever was asked: what this program forgives breaks other clients
 * (`warn`); what makes the answer wrong for everybody fails.
 */
export function judgeExchange(exchange: Exchange, checks: Checks): void {
  const sent = takeApart(exchange);
  if (sent === undefined) return;
  const form = sent.streamed ? 'streamed' : 'whole';
  for (const [check, find] of sent.streamed ? [...ANY, ...STREAM] : ANY) {
    const finding = find(sent);
    if (finding === undefined) checks.pass(check);
    else checks[finding.verdict](check, `${finding.reason} (${form})`);
  }
}
