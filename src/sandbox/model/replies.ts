import { findCalculation } from './arithmetic.ts';
import type { ChatCompletionRequest } from '../api/chat-request.ts';
import { describeImage } from './image-description.ts';

/**
 * Characters of a system message that is read as rules for the answer. Those of coding agents are longer:
 * they explain tools and show examples, and no sentence of them dictates an answer.
 */
const LONGEST_RULES = 1500;

/**
 * The answer in plain text. The first rule that matches gives it: a text that the system message or
 * the prompt dictates, the colours of an image, a fact from the messages before, a calculation, a
 * count. Without a match the answer repeats the prompt.
 */
export function replyText({ messages, model }: ChatCompletionRequest): string {
  const last = messages.at(-1);
  if (last?.role === 'tool') return `The tool answered: ${last.text}`;
  const system = messages
    .filter(({ role }) => role === 'system')
    .map(({ text }) => text)
    .join('\n');
  const rules = system.length > LONGEST_RULES ? '' : system;
  const user = messages.findLast(({ role }) => role === 'user');
  const prompt = user?.text ?? '';
  const conversation = messages.map(({ text }) => text).join('\n');
  const answer =
    dictated(rules) ??
    described(prompt, user?.images ?? []) ??
    recalled(prompt, conversation) ??
    recalledAll(prompt, conversation) ??
    calculated(prompt) ??
    dictated(prompt) ??
    counted(prompt) ??
    echoed(model.id, system, prompt);
  return styled(answer, rules, prompt);
}

/** What the images show; only the words that the prompt asks for when it says so. */
function described(prompt: string, images: readonly string[]): string | undefined {
  if (images.length === 0) return undefined;
  const seen = images.map(describeImage);
  if (/\b(?:one|single) word\b|\bonly\b/i.test(prompt))
    return seen
      .flatMap(({ colour, shape, number }) => [
        colour,
        /\bshape\b/i.test(prompt) ? shape : [],
        /\bnumber\b/i.test(prompt) ? (number ?? 'none') : [],
      ])
      .flat()
      .join(' ');
  return seen.map(({ sentence }) => sentence).join(' ');
}

/** Answers `What is the secret code?` when a message says `The secret code is 4711.` */
function recalled(prompt: string, conversation: string): string | undefined {
  const [, subject] =
    /\bwhat (?:is|was) ((?:the|my|your) [\p{L}\p{N} _-]{1,60})\?/iu.exec(prompt) ?? [];
  if (subject === undefined) return undefined;
  const statement = `${subject.trim().toLowerCase()} is `;
  const found = conversation.toLowerCase().lastIndexOf(statement);
  if (found < 0) return undefined;
  const rest = conversation.slice(found + statement.length, found + statement.length + 200);
  return /^["'“‘`]?([\p{L}\p{N}_-]+)/u.exec(rest)?.[1];
}

/** Answers `What are the codes of the red and the blue box?` when messages say both. */
function recalledAll(prompt: string, conversation: string): string | undefined {
  const [, subject = '', list = ''] =
    /\bwhat are the (\p{L}{1,30})s of ([\p{L} ,]{1,200})\?/iu.exec(prompt) ?? [];
  const owners = list.split(/\s*(?:,|\band\b)\s*/);
  const noun = owners.at(-1)?.split(' ').at(-1) ?? '';
  const facts = owners.map((owner) => {
    const whole = owner.endsWith(noun) ? owner : `${owner} ${noun}`;
    return recalled(`What is the ${subject} of ${whole}?`, conversation);
  });
  return facts.includes(undefined) ? undefined : facts.join(', ');
}

function calculated(prompt: string): string | undefined {
  const calculation = findCalculation(prompt);
  if (!calculation) return undefined;
  const { expression, result } = calculation;
  const [, word] = /\bthen the word ["“]?([\p{L}\p{N}_-]+)/iu.exec(prompt) ?? [];
  if (word !== undefined) return `${result} ${word}`;
  return /\b(?:only|just|number)\b/i.test(prompt) ? `${result}` : `${expression} = ${result}.`;
}

const DICTATION =
  /(?<!\b(?:your|every|each|the|an|any|all)\s)\b(?:(?:reply|respond|answer)\s+(?:\w+\s+){0,2}?with\s|say\s|(?:write|print|output|repeat)\s+(?=exactly|only|just|the word|["'“‘`]))(.{1,400})/isu;

/** The text that is asked for: `Reply with exactly the word X`, `say X`, `answer only with "X"`. */
function dictated(text: string): string | undefined {
  return subjectOf(DICTATION.exec(text)?.[1]);
}

const QUALIFIERS =
  /^\s*(?:(?:exactly|only|just|the|an?|single|one|words?|text|token|phrase|string|following|this)\b[\s:]*|number\s+(?=["'\d]))*/i;
// "Answer with the number only" describes the answer and does not dictate it.
const DESCRIPTION =
  /^(?:number|result|answer|name|colou?r|digits?|sentence|json|your|its?|in|yes or no|what|which|who|how)\b/i;

/** The text after `with`: a quoted text, one word after `the word`, or the rest of the sentence. */
function subjectOf(rest: string | undefined): string | undefined {
  if (rest === undefined) return undefined;
  const [qualifiers = ''] = QUALIFIERS.exec(rest) ?? [];
  const subject = rest.slice(qualifiers.length);
  const quoted = /^["'“‘`]([^"'”’`\n]{1,200})["'”’`]/u.exec(subject)?.[1];
  if (quoted !== undefined) return quoted;
  if (DESCRIPTION.test(subject)) return undefined;
  if (/\b(?:word|token)\b/i.test(qualifiers)) return /^[\p{L}\p{N}_-]+/u.exec(subject)?.[0];
  const [sentence] = /^[^.!?\n]+/.exec(subject) ?? [];
  return sentence
    ?.replace(/,?\s+(?:and nothing else|only|exactly|verbatim|please)\b.*$/is, '')
    .trim();
}

const MAX_COUNT = 10_000;

/** `Count from 1 to 20`: separated by commas, or by spaces or lines when the prompt names them. */
function counted(prompt: string): string | undefined {
  if (!/\b(?:count|numbers)\b/i.test(prompt)) return undefined;
  const [, start = '1', end] = /(?:(\d{1,6}) )?\b(?:to|through) (\d{1,6})\b/i.exec(prompt) ?? [];
  if (end === undefined) return undefined;
  const first = Number(start);
  const length = Math.min(Math.max(Number(end) - first + 1, 0), MAX_COUNT);
  const separator = /\blines?\b/i.test(prompt) ? '\n' : /\bspaces?\b/i.test(prompt) ? ' ' : ', ';
  return Array.from({ length }, (_, index) => first + index).join(separator);
}

function echoed(model: string, system: string, prompt: string): string {
  const parts = [
    `This is ${model} in the sandbox, where the same question always gets the same answer.`,
    `You wrote: "${excerpt(prompt)}".`,
  ];
  if (system !== '') parts.push(`My instructions are: "${excerpt(system)}".`);
  let text = parts.join(' ');
  if (/\b(?:code|function|script|program)\b/i.test(prompt)) {
    text += `\n\n\`\`\`js\nconsole.log(${JSON.stringify(excerpt(prompt))});\n\`\`\`\n`;
  }
  if (/\b(?:long|story|essay|poem|detail|explain)\b/i.test(prompt)) {
    const lines = Array.from({ length: 40 }, (_, index) => `${index + 1}. More about it.`);
    text += `\n\n${lines.join('\n')}\n`;
  }
  return text;
}

/** The first 200 code points of a text, on one line. */
function excerpt(text: string): string {
  const line = text.slice(0, 1000).replaceAll(/\s+/g, ' ').trim();
  const [beginning = ''] = /^[^]{0,200}/u.exec(line) ?? [];
  return beginning.length < line.length ? `${beginning}…` : beginning;
}

const BEGINNING = /\b(?:begin|start)\s+(?:\w+\s+){0,4}?with\s(.{1,200})/isu;
const ENDING = /\b(?:end|finish|conclude)\s+(?:\w+\s+){0,4}?with\s(.{1,200})/isu;

/** Adds the beginning and the end, and applies the letter case, that the instructions ask for. */
function styled(answer: string, system: string, prompt: string): string {
  const instructions = `${system}\n${prompt}`;
  const beginning = subjectOf(BEGINNING.exec(instructions)?.[1]);
  const ending = subjectOf(ENDING.exec(instructions)?.[1]);
  const text = [beginning, answer, ending].filter((part) => part !== undefined).join(' ');
  if (/\b(?:upper ?case|capital letters|all caps)\b/i.test(system)) return text.toUpperCase();
  return /\blower ?case\b/i.test(system) ? text.toLowerCase() : text;
}
