import { isFields } from '../../json.ts';
import type { Checks } from '../checks.ts';
import type { Draw } from '../draw.ts';
import type { Probe } from './probe.ts';

/** Texts about one thing: `same` says what `text` says, `near` is about something like it. */
interface Topic {
  text: string;
  same: string;
  near: string;
}

/** Topics that have nothing in common. The number makes a text that no other run has sent. */
const TOPICS: readonly ((number: number) => Topic)[] = [
  (number) => ({
    text: `The cat slept on the sofa for ${number} minutes.`,
    same: `For ${number} minutes the cat was asleep on the couch.`,
    near: `A dog lay on the carpet and dreamed.`,
  }),
  (number) => ({
    text: `The central bank raised interest rates by ${number} basis points.`,
    same: `Interest rates were increased by ${number} basis points by the central bank.`,
    near: `Inflation worries investors on the stock market.`,
  }),
  (number) => ({
    text: `The recipe needs ${number} grams of flour and two eggs.`,
    same: `You need ${number} grams of flour and 2 eggs for this recipe.`,
    near: `Bake the cake in the oven until it is golden.`,
  }),
  (number) => ({
    text: `The football team scored in minute ${number} and won the match.`,
    same: `A goal in minute ${number} won the football match for the team.`,
    near: `The goalkeeper saved a penalty in the final of the cup.`,
  }),
  (number) => ({
    text: `The telescope photographed a galaxy ${number} million light years away.`,
    same: `A galaxy at a distance of ${number} million light years was photographed by the telescope.`,
    near: `Astronomers observe stars and planets at night.`,
  }),
];

/** Three topics: random vectors are in the right order once in 175,000 times. */
const TOPICS_ASKED = 3;

/** Are the vectors of texts well formed, and closer the closer the texts are? */
export const embeddingsProbe: Probe = {
  name: 'embeddings',
  short_requests: 1,
  async run({ target: { model }, full, draw, post, ...checks }) {
    const topics = drawTopics(draw);
    const input = topics.flatMap(({ text, same, near }) => [text, same, near]);
    const vectors = vectorsOf(await post('/embeddings', { model, input }), input, checks);
    if (vectors === undefined) return;
    checks.judge('embeddings/order-of-similarities', orderProblem(vectors, input));
    if (!full) return;
    const [text = '', vector = []] = [input[0], vectors[0]];
    const alone = vectorsOf(await post('/embeddings', { model, input: text }), [text], checks);
    if (alone === undefined) return;
    const likeness = similarity(alone[0] ?? [], vector);
    checks.judge(
      'embeddings/same-alone',
      likeness > 0.99
        ? undefined
        : `The vector of a text alone has a similarity of ${shown(likeness)} to that of the same text in a list; 1 is right`,
    );
  },
};

function drawTopics(draw: Draw): Topic[] {
  return draw.several(TOPICS, TOPICS_ASKED).map((topic) => topic(draw.integer(11, 9999)));
}

/** The vectors in the order of the texts; undefined when they cannot be compared. */
function vectorsOf(
  document: unknown,
  input: readonly string[],
  checks: Checks,
): number[][] | undefined {
  const data = isFields(document) && Array.isArray(document.data) ? document.data : [];
  const entries = data.filter(isFields);
  judgeOrder(entries, checks);
  const sorted = byIndex(entries);
  const vectors = sorted.map(({ embedding }) => embedding).filter(isVector);
  const whole = vectors.length === input.length && entries.length === data.length;
  checks.judge(
    'embeddings/one-vector-per-text',
    whole
      ? undefined
      : `Sent ${vectors.length} lists of numbers for ${input.length} texts; one for each text is right`,
  );
  if (!whole) return undefined;
  const lengths = [...new Set(vectors.map(({ length }) => length))];
  checks.judge(
    'embeddings/length',
    lengths.length === 1 ? undefined : `Sent vectors of the lengths ${lengths.join(', ')}`,
  );
  judgeNorms(vectors, checks);
  return lengths.length === 1 ? vectors : undefined;
}

type Entry = Readonly<Record<string, unknown>>;

/** Clients put them in order by their indexes, where each has one of its own. */
function byIndex(entries: readonly Entry[]): readonly Entry[] {
  const indexes = entries.map(({ index }) => index);
  const whole = entries.every((_, position) => indexes.includes(position));
  return whole ? entries.toSorted((a, b) => Number(a.index) - Number(b.index)) : entries;
}

function isVector(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((number) => typeof number === 'number' && Number.isFinite(number))
  );
}

function judgeOrder(entries: readonly Entry[], checks: Checks): void {
  const check = 'embeddings/in-order';
  const wrong = entries.find(({ index }, position) => index !== position);
  if (wrong === undefined) checks.pass(check);
  else {
    const said = JSON.stringify(wrong.index) ?? 'none';
    checks.warn(check, `Entry ${entries.indexOf(wrong)} of data has the index ${said}`);
  }
}

function judgeNorms(vectors: readonly number[][], checks: Checks): void {
  const check = 'embeddings/norm';
  const norms = vectors.map((vector) => Math.hypot(...vector));
  const far = norms.find((norm) => Math.abs(norm - 1) > 0.02);
  if (norms.some((norm) => norm === 0)) checks.fail(check, 'Sent a vector of zeros');
  else if (far === undefined) checks.pass(check);
  else {
    const effect = 'a client that compares vectors by their product gets wrong similarities';
    checks.warn(check, `Sent a vector of the length ${shown(far)} and not 1: ${effect}`);
  }
}

/** Of all other texts the nearest to a text says the same, and the next one is about the same. */
function orderProblem(vectors: readonly number[][], input: readonly string[]): string | undefined {
  for (let at = 0; at < vectors.length; at += 3) {
    const ranked = vectors
      .map((vector, index) => ({ index, likeness: similarity(vectors[at] ?? [], vector) }))
      .filter(({ index }) => index !== at)
      .toSorted((a, b) => b.likeness - a.likeness);
    const [first, second, third] = ranked;
    if (!first || !second || !third) continue;
    const distinct = first.likeness > second.likeness && second.likeness > third.likeness;
    if (first.index === at + 1 && second.index === at + 2 && distinct) continue;
    const nearest = first.index === at + 1 ? second : first;
    const right = first.index === at + 1 ? at + 2 : at + 1;
    return (
      `Of all texts it finds ${JSON.stringify(input[nearest.index])} (${shown(nearest.likeness)}) nearest to ` +
      `${JSON.stringify(input[at])}; ${JSON.stringify(input[right])} is right`
    );
  }
  return undefined;
}

/** The cosine of the angle between two vectors. */
function similarity(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return product / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

const shown = (value: number) => String(Math.round(value * 1000) / 1000);
