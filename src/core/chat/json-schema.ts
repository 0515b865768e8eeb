import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { UsageError } from '../errors.ts';

export type Schema = Readonly<Record<string, unknown>>;

/**
 * What tells why a value does not match a JSON Schema of draft 2020-12 (the default) or 07, and
 * undefined for one that does. Loading this takes 40 ms.
 * @throws UsageError `invalid_schema` for a schema that is none
 */
export function compileSchema(schema: Schema): (value: unknown) => string | undefined {
  try {
    const validate = validatorFor(schema.$schema).compile(schema);
    return (value) => (validate(value) ? undefined : complaint(validate.errors));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw invalidSchema(`is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function validatorFor(dialect: unknown): Ajv {
  // Keywords that are not known mean nothing (JSON Schema Core §4.3.1).
  const options = { strict: false, allErrors: true, logger: false } as const;
  const draft = typeof dialect === 'string' ? dialect.replace(/#$/, '') : undefined;
  if (draft === undefined || draft.endsWith('/draft/2020-12/schema')) {
    return addFormats(new Ajv2020(options));
  }
  if (draft.endsWith('/draft-07/schema')) return addFormats(new Ajv(options));
  throw invalidSchema(`is of a dialect that is not known: ${draft}`);
}

function invalidSchema(what: string): UsageError {
  return new UsageError(`The schema ${what}`, {
    code: 'invalid_schema',
    hint: 'Write it in JSON Schema, draft 2020-12 or 07.',
  });
}

/** The first few objections, each with its place. */
function complaint(errors: ErrorObject[] | null | undefined): string {
  const said = (errors ?? []).map(
    ({ instancePath, message = 'is wrong' }) => `${instancePath || 'it'} ${message}`,
  );
  const more = said.length > 3 ? ` and ${said.length - 3} more` : '';
  return said.slice(0, 3).join('; ') + more;
}
