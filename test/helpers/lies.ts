import type { Json, Lie } from './lying-models.ts';

export const each = (change: (chunk: Json, index: number, all: Json[]) => void) => ({
  chunks: (chunks: Json[]) => {
    chunks.forEach(change);
    return chunks;
  },
});
/** Changes the choice of each chunk that has one, and of the document. */
export const choice = (change: (choice: Json, index: number) => void): Lie => ({
  ...each(({ choices }, index) => choices.length > 0 && change(choices[0], index)),
  document: (document) => {
    change(document.choices[0], 0);
    return document;
  },
});
export const body = (change: (body: Json) => void): Lie => ({
  ...each(change),
  document: (document) => {
    change(document);
    return document;
  },
});
export const text = (change: (text: string) => string, mode?: boolean): Lie => ({
  text: (sent, stream) => (mode === undefined || mode === stream ? change(sent) : sent),
});
export const says = (content: (right: string) => string): Lie => ({
  answer: (answer) => ({ content: content(answer.content) }),
});
export const usageOf = (usage: (right: Json) => Json): Lie =>
  body((sent) => {
    if (sent.usage) sent.usage = usage(sent.usage);
  });
