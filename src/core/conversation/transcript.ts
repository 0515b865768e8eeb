import { type ChatMessage, type ContentPart, textOfPart } from '../chat/messages.ts';
import type { ConversationState } from './conversation.ts';

/**
 * A conversation as Markdown: a heading and the text for each message, oldest first. The heading is
 * `System`, `You`, or the model of an answer.
 */
export function transcript({ system, turns }: ConversationState): string {
  const parts = system === undefined ? [] : [section('System', system)];
  for (const { model, messages } of turns) {
    for (const message of messages) {
      parts.push(section(message.role === 'assistant' ? model : 'You', textOf(message)));
    }
  }
  return parts.join('\n');
}

const section = (title: string, text: string) => `## ${title}\n\n${text.trimEnd()}\n`;

/** The text of a message. A picture becomes a link or its media type, any other part its type. */
export function textOf({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => textOfPart(part) ?? named(part)).join('\n\n');
}

function named(part: ContentPart): string {
  const { url } = (part as { image_url?: { url?: unknown } | null }).image_url ?? {};
  if (typeof url !== 'string') return `(${part.type})`;
  const [, type] = /^data:([^;,]+)/.exec(url) ?? [];
  return type === undefined ? `![picture](${url})` : `(picture, ${type})`;
}
