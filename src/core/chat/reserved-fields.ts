/** Fields of a request that no further field of its body may replace. */
const RESERVED = ['model', 'messages', 'stream'];

/** The first reserved field among further ones, if any. */
export function reservedField(fields: object | undefined): string | undefined {
  return RESERVED.find((name) => Object.hasOwn(fields ?? {}, name));
}
