import type { ProbeName } from '../report.ts';
import { chatProbe } from './chat.ts';
import { embeddingsProbe } from './embeddings.ts';
import { errorsProbe } from './errors.ts';
import { jsonProbe } from './json.ts';
import { maxTokensProbe, stopProbe } from './stop.ts';
import { longProbe } from './long.ts';
import { ownProbe } from './own.ts';
import type { Probe } from './probe.ts';
import { reasoningProbe } from './reasoning.ts';
import { streamProbe } from './stream.ts';
import { systemProbe } from './system.ts';
import { toolsProbe } from './tools.ts';
import { visionProbe } from './vision.ts';

/** The probe of each name. */
export const PROBES: Readonly<Record<ProbeName, Probe>> = {
  chat: chatProbe,
  stream: streamProbe,
  system: systemProbe,
  json: jsonProbe,
  tools: toolsProbe,
  vision: visionProbe,
  reasoning: reasoningProbe,
  stop: stopProbe,
  'max-tokens': maxTokensProbe,
  long: longProbe,
  embeddings: embeddingsProbe,
  own: ownProbe,
  errors: errorsProbe,
};
