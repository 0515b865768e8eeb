import type { ChatMessage, ContentPart } from '../chat/messages.ts';
import type { Conversation } from './conversation.ts';

/** A conversation as Markdown for people: who said what, in order. */
export function transcript({ system, turns }: Conversation): string {
  const parts = system === undefined ? [] : [section('System', system)];
  for (const { model, messages } of turns) {
    for (const message of messages) {
      parts.push(section(message.role === 'assistant' ? model : 'You', textOf(message)));
    }
  }
  return parts.join('\n');
}

const section = (who: string, text: string) => `## ${who}\n\n${text.trimEnd()}\n`;

/** What a message says, its pictures named. */
export function textOf({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : picture(part))).join('\n\n');
}

function picture({ image_url: { url } }: Extract<ContentPart, { type: 'image_url' }>): string {
  const [, type] = /^data:([^;,]+)/.exec(url) ?? [];
  return type === undefined ? `![picture](${url})` : `(picture, ${type})`;
}
