import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { UsageError } from '../errors.ts';

/** A JSON Schema document that is an object. */
export type Schema = Readonly<Record<string, unknown>>;

/**
 * Compiles a JSON Schema of draft 2020-12 (the default) or draft 07. The function returned says why a
 * value does not match, and returns undefined for a value that matches. Loading this module takes
 * 40 ms, so import it lazily.
 * @throws UsageError `invalid_schema`
 */
export function compileSchema(schema: Schema): (value: unknown) => string | undefined {
  try {
    const validate = validatorFor(schema.$schema).compile(schema);
    return (value) => (validate(value) ? undefined : describe(validate.errors));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw invalidSchema(`is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function validatorFor(dialect: unknown): Ajv {
  // Unknown keywords are ignored (JSON Schema Core §4.3.1).
  const options = { strict: false, allErrors: true, logger: false } as const;
  const draft = typeof dialect === 'string' ? dialect.replace(/#$/, '') : undefined;
  if (draft === undefined || draft.endsWith('/draft/2020-12/schema')) {
    return addFormats(new Ajv2020(options));
  }
  if (draft.endsWith('/draft-07/schema')) return addFormats(new Ajv(options));
  throw invalidSchema(`is of an unknown dialect: ${draft}`);
}

function invalidSchema(what: string): UsageError {
  return new UsageError(`The schema ${what}`, {
    code: 'invalid_schema',
    hint: 'Write it in JSON Schema, draft 2020-12 or draft 07.',
  });
}

/** The first three errors, each with its JSON Pointer, and the number of the others. */
function describe(errors: ErrorObject[] | null | undefined): string {
  const all = (errors ?? []).map(
    ({ instancePath, message = 'is wrong' }) => `${instancePath || 'it'} ${message}`,
  );
  const more = all.length > 3 ? ` and ${all.length - 3} more` : '';
  return all.slice(0, 3).join('; ') + more;
}
