import type { ChatCompletionRequest, FunctionDefinition } from '../api/chat-request.ts';

/** Verbs that say nothing about what a function does. */
const GENERIC = new Set(['get', 'fetch', 'set', 'do', 'make', 'use', 'the', 'tool', 'function']);

/**
 * The function that the user asks for; undefined when the answer is a text. A coding agent offers its
 * functions with every request: a word that a name and the prompt share by chance is no wish.
 */
export function toolFor(
  { messages, tools, must_call }: ChatCompletionRequest,
  prompt: string,
): FunctionDefinition | undefined {
  if (messages.at(-1)?.role === 'tool') return undefined;
  const asked = stemsOf(prompt);
  const scored = tools.map((tool) => {
    const words = partsOf(tool.name);
    return { tool, words, score: words.filter((word) => asked.has(stem(word))).length };
  });
  const ranked = scored.toSorted((one, other) => other.score - one.score);
  const wished =
    ranked.find(({ tool }) => names(prompt, tool.name)) ??
    ranked.find(({ words, score }) => isWish(prompt, words, score)) ??
    (asksForTool(prompt) ? ranked.find(({ score }) => score > 0 || tools.length === 1) : undefined);
  return (wished ?? (must_call ? ranked[0] : undefined))?.tool;
}

/** Whether a prompt says the name of a function that is no plain word: `get_weather`, `readFile`. */
function names(prompt: string, name: string): boolean {
  return !/^[a-z]+$/.test(name) && new RegExp(`(?<!\\w)${escape(name)}(?!\\w)`).test(prompt);
}

/** `Use a tool to ...`, `call the function`. */
function asksForTool(prompt: string): boolean {
  return /\b(?:use|call|invoke|run|with)\s+(?:\w+\s+){0,3}?(?:tools?|functions?)\b/i.test(prompt);
}

/**
 * Whether the prompt asks for what the name says: all words of it, or its verb as the command of the
 * sentence with something that only a file or a shell has: `Read notes.txt`, `Run` and a command.
 */
function isWish(prompt: string, words: readonly string[], score: number): boolean {
  const [verb = '', ...objects] = words;
  const commanded = new RegExp(
    `(?:^|[.!?\\n]\\s*|\\b(?:please|then|and|(?:can|could|would) you|to|use|using|call)\\s+)(?:the\\s+)?${escape(verb)}\\b`,
    'i',
  ).test(prompt);
  // A single word such as `edit` or `weather` is a wish as a command, or as what is asked about.
  if (objects.length === 0) return commanded || (score === 1 && isQuestionAbout(prompt, verb));
  if (score === words.length) return true;
  const acts = objects.some((word) =>
    /^(?:file|path|directory|folder|shell|command)s?$/.test(word),
  );
  return acts && commanded && /`[^`\n]+`|[\w-]+\.\w{1,5}\b|[\w.-]*\/[\w.-]+/.test(prompt);
}

/** `What is the weather in Paris?`, `Tell me the weather`. */
function isQuestionAbout(prompt: string, noun: string): boolean {
  return new RegExp(
    `\\b(?:what(?:'s| is| are| was| will)|how(?:'s| is)|tell me|show me|give me|get|fetch|check|know)\\b[^.!?\\n]{0,40}\\b${escape(noun)}`,
    'i',
  ).test(prompt);
}

/** The words of a name that say what it does: `weather` of `get_weather`. */
function partsOf(name: string): string[] {
  const parts = name
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
    .map((part) => part.toLowerCase())
    .filter((part) => part.length > 1);
  const telling = parts.filter((part) => !GENERIC.has(part));
  return telling.length > 0 ? telling : parts;
}

function stemsOf(text: string): Set<string> {
  return new Set((text.toLowerCase().match(/[a-z]+/g) ?? []).map(stem));
}

/** Without the endings of a plural and of a verb: `files`, `lists`, `reading`. */
function stem(word: string): string {
  return word.replace(/(?<=\w{3})(?:ies|ing|es|s|y|e)$/, '');
}

function escape(text: string): string {
  return text.replaceAll(/[^\w]/g, String.raw`\$&`);
}
