/** The fields of `T`, those that can be undefined as optional ones. */
export type Given<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/**
 * A copy without the fields that are undefined. For optional fields, which under
 * `exactOptionalPropertyTypes` are absent and never undefined; null stays.
 */
export function given<T extends object>(fields: T): Given<T> {
  const copy: Record<string, unknown> = {};
  for (const name in fields) {
    if (fields[name] !== undefined) copy[name] = fields[name];
  }
  return copy as Given<T>;
}
