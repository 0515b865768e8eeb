import { UsageError } from '../errors.ts';

/** A name becomes a file's name: nothing that a path, a shell or a terminal gives a meaning to. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Devices on Windows, whatever the ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

export function isConversationName(text: string): boolean {
  return NAME.test(text) && !DEVICE.test(text);
}

/** @throws UsageError unless `text` can name a conversation */
export function conversationName(text: string): string {
  if (isConversationName(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} cannot name a conversation`, {
    code: 'invalid_conversation_name',
    hint: 'Use up to 64 letters (a to z), digits, "-" and "_"; begin with a letter or a digit.',
  });
}
