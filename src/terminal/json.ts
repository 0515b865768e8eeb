/** C1 controls, DEL and bidirectional controls: legal in JSON, but not harmless on a terminal. */
const UNSAFE = /[\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** JSON that is safe to show anywhere: what a terminal might act on is written as `\uXXXX`. */
export function stringify(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
