/**
 * The commands. Only the flags of the one that the command line names are loaded: all of them are 10
 * files.
 */
export const COMMANDS = [
  {
    name: 'auth',
    description: 'Sign in, once for all later commands.',
    load: async () => (await import('./auth/command.ts')).declareAuth,
  },
  {
    name: 'chat',
    description:
      'Send a prompt to a model and print its answer; on a terminal without a prompt, start an ' +
      'interactive chat.',
    load: async () => (await import('./chat/command.ts')).declareChat,
  },
  {
    name: 'list-models',
    description: 'List the models of the endpoint and the models that the program knows.',
    load: async () => (await import('./list-models/command.ts')).declareListModels,
  },
  {
    name: 'validate-models',
    description: 'Test models with real requests; exit 9 when a required one does not pass.',
    load: async () => (await import('./validate-models/command.ts')).declareValidateModels,
  },
  {
    name: 'serve',
    description:
      'Let other programs use your login: an OpenAI-compatible endpoint on this machine.',
    load: async () => (await import('./serve/command.ts')).declareServe,
  },
  {
    name: 'config',
    description: 'Show and change config.json: defaults of your own, and names for models.',
    load: async () => (await import('./config/command.ts')).declareConfig,
  },
  {
    name: 'doctor',
    description: 'Check this machine, the network and the access, and say what to do.',
    load: async () => (await import('./doctor/command.ts')).declareDoctor,
  },
  {
    name: 'sandbox',
    description: 'Run an authorization server and a model API on this machine, for experiments.',
    load: async () => (await import('./sandbox/command.ts')).declareSandbox,
  },
  {
    name: 'completion',
    description: 'Print a script that completes commands, flags and values in your shell.',
    load: async () => (await import('./completion/command.ts')).declareCompletion,
  },
  {
    name: 'version',
    description:
      'Print the version, the commit, Node and the platform, as a bug report needs them.',
    load: async () => (await import('./version.ts')).declareVersion,
  },
];
