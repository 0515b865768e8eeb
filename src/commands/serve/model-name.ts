import { isFields } from '../../core/json.ts';
import { decoded } from './gate.ts';

/** What is read of the body of a request. */
export interface AskedFor {
  /** As the client named it. */
  model: string | undefined;
  stream: boolean;
}

/** What a JSON body asks for. Undefined when it is no JSON object. */
export function askedFor(body: string): AskedFor | undefined {
  let fields: unknown;
  try {
    // Not `parseJson`, whose limits are for what this program reads itself.
    fields = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isFields(fields)) return undefined;
  const { model, stream } = fields;
  return { model: typeof model === 'string' ? model : undefined, stream: stream === true };
}

/** The path of the request for one model, `/models/NAME`, with another name; any other path as it is. */
export function renamePath(path: string, models: ReadonlyMap<string, string>): string {
  const [, name] = /^\/models\/(.+)$/.exec(path) ?? [];
  const model = name === undefined ? undefined : models.get(decoded(name));
  return model === undefined ? path : `/models/${encodeURI(model)}`;
}

/**
 * The same JSON object with another model. Nothing else changes: numbers beyond the precision of
 * JavaScript keep their digits, and a repeated field stays. `body` is a JSON object.
 */
export function renameModel(body: string, model: string): string {
  const value = JSON.stringify(model);
  let renamed = '';
  let copied = 0;
  let depth = 0;
  let key: string | undefined;
  let is_key = false;
  const strings = /["{}[\],:]/g;
  for (let found = strings.exec(body); found; found = strings.exec(body)) {
    const at = found.index;
    switch (found[0]) {
      case '{':
      case '[':
        depth += 1;
        is_key = found[0] === '{';
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
      case ',':
        // Below the top level it does not matter what a string is.
        is_key = depth === 1;
        break;
      case ':':
        is_key = false;
        break;
      default: {
        const end = endOfString(body, at);
        const text = body.slice(at, end);
        if (depth === 1 && is_key) key = JSON.parse(text) as string;
        else if (depth === 1 && key === 'model') {
          renamed += body.slice(copied, at) + value;
          copied = end;
        }
        strings.lastIndex = end;
      }
    }
  }
  return renamed + body.slice(copied);
}

/** The index behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}
