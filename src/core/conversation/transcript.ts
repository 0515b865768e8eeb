import type { ChatMessage, ContentPart } from '../chat/messages.ts';
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

/** The text of a message. A picture becomes a link, or its media type if it is in the message. */
export function textOf({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : picture(part))).join('\n\n');
}

function picture({ image_url: { url } }: Extract<ContentPart, { type: 'image_url' }>): string {
  const [, type] = /^data:([^;,]+)/.exec(url) ?? [];
  return type === undefined ? `![picture](${url})` : `(picture, ${type})`;
}
