/** The OpenAI-compatible message array, as far as the program builds it. */

export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } };

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string | ContentPart[] | null;
  [field: string]: unknown;
}

/** A system text, if any, and one user prompt. */
export function promptMessages(prompt: string, system?: string): ChatMessage[] {
  return withSystem([userMessage(prompt)], system);
}

/** One turn of the user; with pictures its content becomes a list of parts, they come first. */
export function userMessage(text: string, pictures: readonly ContentPart[] = []): ChatMessage {
  if (pictures.length === 0) return { role: 'user', content: text };
  const words: ContentPart[] = text === '' ? [] : [{ type: 'text', text }];
  return { role: 'user', content: [...pictures, ...words] };
}

/** The same messages after a system text, if there is one. */
export function withSystem(messages: ChatMessage[], system: string | undefined): ChatMessage[] {
  return system === undefined ? messages : [{ role: 'system', content: system }, ...messages];
}
