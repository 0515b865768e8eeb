/**
 * A part of a message. The program builds these two types; a stored conversation or a file of
 * messages can hold others, which only the model reads.
 */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } };

/** A message of the OpenAI-compatible `messages` array. */
export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string | ContentPart[] | null;
  [field: string]: unknown;
}

/** The messages of one prompt, after a system text if there is one. */
export function promptMessages(prompt: string, system?: string): ChatMessage[] {
  return withSystem([userMessage(prompt)], system);
}

/** A message of the user. With pictures its content is a list of parts, the pictures first. */
export function userMessage(text: string, pictures: readonly ContentPart[] = []): ChatMessage {
  if (pictures.length === 0) return { role: 'user', content: text };
  const words: ContentPart[] = text === '' ? [] : [{ type: 'text', text }];
  return { role: 'user', content: [...pictures, ...words] };
}

/** The text of a part that is text; undefined for every other. */
export function textOfPart(part: ContentPart): string | undefined {
  const { type, text } = part as { type: string; text?: unknown };
  return type === 'text' && typeof text === 'string' ? text : undefined;
}

/** The messages after a system text, if there is one. */
export function withSystem(messages: ChatMessage[], system: string | undefined): ChatMessage[] {
  return system === undefined ? messages : [{ role: 'system', content: system }, ...messages];
}
