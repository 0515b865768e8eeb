import { catalog } from '../models/catalog.ts';

/** A model to be asked. */
export interface Candidate {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
}

/** The models that were named, all of them required; without any, the whole catalogue. */
export function candidates(named: readonly string[]): Candidate[] {
  if (named.length === 0) {
    return catalog.map(({ id, expected }) => ({ model: id, required: expected }));
  }
  return [...new Set(named)].map((model) => ({ model, required: true }));
}
