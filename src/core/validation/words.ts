/**
 * Words that questions ask a model to write. They are spelled alike everywhere and hardly occur in an
 * answer to anything else, so that each shows which question an answer belongs to.
 */
export const WORDS: readonly string[] =
  `acrobat almond anchor antler apricot armadillo bagpipe bamboo banjo barnacle beetle bonfire
bracelet buffalo buttercup cactus camel caravan carousel cashew cello chestnut chimney cinnamon
clarinet coconut cricket crocus cucumber cushion daffodil dolphin donkey dragonfly easel falcon
ferret fiddle flamingo fountain gazelle geyser glacier goblet hammock hazelnut hedgehog heron igloo
iguana jasmine juniper kayak kettle ladder lantern lavender lizard lobster mandolin marmalade
meerkat mitten mosaic mushroom nutmeg oatmeal octopus orchid ostrich otter paddle papaya parsnip
peacock pebble pelican penguin pillow pineapple puffin pumpkin quilt raccoon radish raisin ribbon
saddle saffron sandal sparrow spinach squirrel teapot thimble trombone tulip turnip umbrella
velvet violin walnut walrus whistle willow windmill zebra`.split(/\s+/);

const KNOWN: ReadonlySet<string> = new Set(WORDS);

/**
 * The first of {@link WORDS} that an answer holds although its question does not: it belongs to
 * another question.
 */
export function foreignWord(answer: string, question: string): string | undefined {
  const found = wordsOf(answer).filter((word) => KNOWN.has(word));
  return found.find((word) => !question.toLowerCase().includes(word));
}

/** Words of letters, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
}
