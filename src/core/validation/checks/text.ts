import { quoteAnswer } from '../probes/probe.ts';
import { failure, type Finding, isSaid, type Sent, shown, textsOf, warning } from './sent.ts';

/** `wire/content`: the content is text; null or absent where there is none. */
export function contentFinding({ bodies }: Sent): Finding {
  const contents = bodies.map(({ first }) => first?.message?.content);
  const odd = contents.find((content) => isSaid(content) && typeof content !== 'string');
  return odd === undefined ? undefined : warning(`Sent the content ${shown(odd)}, not a text`);
}

/** Pieces that show whether each repeats the one before. */
const ENOUGH_PIECES = 3;

/** `wire/pieces`: each piece of a stream is new text, and not all the text so far. */
export function piecesFinding(sent: Sent): Finding {
  for (const field of ['content', 'reasoning_content', 'reasoning']) {
    const pieces = textsOf(sent, field);
    if (pieces.length < ENOUGH_PIECES) continue;
    const grows = (piece: string, index: number) => {
      const before = pieces[index - 1] ?? '';
      return piece.length >= before.length && piece.startsWith(before);
    };
    // "1", "1", "1" are the digits of 111.
    if (pieces.every(grows) && (pieces.at(-1)?.length ?? 0) > (pieces[0]?.length ?? 0)) {
      return warning(`Sent all the ${field} so far in every piece, not the next piece`);
    }
    const last = pieces.at(-1) ?? '';
    if (last.length > 3 && last === pieces.slice(0, -1).join('')) {
      return failure(`Sent the whole ${field} again in its last piece: ${quoteAnswer(last)}`);
    }
  }
  return undefined;
}

/** Marks of chat templates, which end and begin messages: Qwen, Llama, Mistral, Gemma, DeepSeek, GLM, gpt-oss. */
const TEMPLATE_MARKS =
  /<\|(im_start|im_end|endoftext|eot_id|eom_id|end_of_text|begin_of_text|start_header_id|end_header_id|python_tag|end|user|assistant|system|observation|channel|message|start|return|call|constrain|im_middle)\|>|<\/?s>|\[\/?INST\]|<(start|end)_of_turn>|<｜[^｜>]{1,40}｜>|\[e~\[|<\|?(eos|bos|pad|unk)\|?>/;

/** UTF-8 that was read as Latin-1 or Windows-1252: Ã©, â€™, ä½ å¥½, ðŸ˜€. */
const MOJIBAKE =
  /[ÃÂ][\u0080-\u00BF\u0152\u0153\u0160\u0161\u0178\u017D\u017E\u0192\u02C6\u02DC\u2013-\u2122]|â€|â\u0080|(?:[ä-é][\u0080-\u00BF\u0152-\u2122]{2}){2}|ðŸ|ð\u009F/;

/** Bytes that were no UTF-8, and halves of a character. */
const BROKEN = /\uFFFD|\p{Cs}/u;

/** Of C0 all but tab, line feed and carriage return; DEL and C1. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** `wire/text`: no broken characters and no marks of the chat template in what the user reads. */
export function textFinding({ exchange: { answer } }: Sent): Finding {
  const { content, reasoning } = answer;
  for (const text of [content, reasoning]) {
    if (BROKEN.test(text)) {
      return failure(`Sent broken characters: ${quoteAnswer(around(text, BROKEN))}`);
    }
    if (MOJIBAKE.test(text)) {
      return failure(`Sent text in a wrong encoding: ${quoteAnswer(around(text, MOJIBAKE))}`);
    }
    if (CONTROL.test(text)) {
      return failure(`Sent control characters as text: ${quoteAnswer(around(text, CONTROL))}`);
    }
    const [mark] = TEMPLATE_MARKS.exec(text) ?? [];
    if (mark !== undefined) return failure(`Sent the mark ${mark} of its chat template as text`);
  }
  return undefined;
}

function around(text: string, pattern: RegExp): string {
  const at = Math.max(0, text.search(pattern) - 20);
  return text.slice(at, at + 50);
}

const THINKING = /<\/?think(ing)?>/i;

/** Marks that no client takes for reasoning: of Gemma, Magistral, Kimi, Seed, gpt-oss and others. */
const UNREAD_THINKING =
  /^\s*(<(?:thoughts?|reasoning|reflection|scratchpad|analysis|seed:think|\|begin_of_thought\|)>|\[THINK\]|◁think▷|analysis(?=[A-Z][^]*assistantfinal))/;

/** `wire/refusal`: no question is one to refuse. */
export function refusalFinding({ exchange: { answer } }: Sent): Finding {
  const { refusal = '' } = answer;
  return refusal === ''
    ? undefined
    : failure(`Sent its answer to a harmless question as a refusal: ${quoteAnswer(refusal)}`);
}

/** `wire/reasoning`: reasoning is in a field of its own, not in the content. */
export function reasoningFinding(sent: Sent): Finding {
  const content = textsOf(sent, 'content').join('');
  const other = UNREAD_THINKING.exec(content)?.[1];
  if (other !== undefined) {
    return warning(`Sent reasoning in the content, with the mark ${other} at its beginning`);
  }
  const tag = THINKING.exec(content)?.[0];
  // A tag that the client left in the content is a part of the answer, in code for example.
  if (tag === undefined || THINKING.test(sent.exchange.answer.content)) return undefined;
  return warning(`Sent reasoning in the content, with the tag ${tag}`);
}
