import { type ChatMessage, type ContentPart, userMessage } from '../../core/chat/messages.ts';
import type { Context } from '../context.ts';
import { pathParser } from '../paths.ts';
import type { ReadOptions } from '../../core/files/user-file.ts';
import { readMaterial, readPicture } from './material.ts';

/** Files and pictures that go with the next question. */
export interface Attachments {
  /** @throws UsageError for what cannot be sent */
  addFile(place: string, options: ReadOptions): Promise<void>;
  /** @throws UsageError */
  addPicture(place: string, options: ReadOptions): Promise<void>;
  /** The question with all of them, which are then gone. */
  attachTo(text: string): ChatMessage;
  /** What they are called. */
  readonly names: readonly string[];
}

export function createAttachments(): Attachments {
  let materials: string[] = [];
  let pictures: ContentPart[] = [];
  let names: string[] = [];
  return {
    get names() {
      return names;
    },
    async addFile(place, options) {
      materials.push(await readMaterial(place, options));
      names.push(place);
    },
    async addPicture(place, options) {
      pictures.push(await readPicture(place, options));
      names.push(place);
    },
    attachTo(text) {
      const message = userMessage([text, ...materials].join('\n\n'), pictures);
      [materials, pictures, names] = [[], [], []];
      return message;
    },
  };
}

/**
 * A place as people type it or drop it on a terminal: without quotes, `~` for home.
 * @throws UsageError `no_home` for a place in the home where there is none
 */
export function placeOf(argument: string, { env }: Pick<Context, 'env'>): string {
  const [, quoted] =
    /^(?:"(.*)"|'(.*)')$/.exec(argument)?.filter((part) => part !== undefined) ?? [];
  const place = quoted ?? argument.replaceAll(/\\([ '"()&])/g, '$1');
  return pathParser({ env })(place);
}
