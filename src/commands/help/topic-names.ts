/** The topics of `qwen-demo help TOPIC`. */
export const TOPICS = [
  ['environment', 'The variables that the program reads, with flags and defaults.'],
  ['exit-codes', 'What each exit code means.'],
  ['config', 'The profiles in config.json.'],
  ['formatting', 'What goes to stdout and stderr: JSON, colors, widths.'],
] as const satisfies readonly (readonly [name: string, about: string])[];
