import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import type { ValidateModelsFlags } from './flags.ts';
import { reportOptions } from './report-flags.ts';

export function validateModelsCommand(program: Command, context: Context): void {
  const command = program
    .command('validate-models')
    .description('Put models to the test; exit 9 when a required one does not pass.');
  const path = pathParser(context);
  modelOptions(command, path);
  limitOptions(command);
  reportOptions(command, path).option('--json', 'print one JSON document: --report json in short');
  connectionOptions(command, { timeout: false }).action(async (flags: ValidateModelsFlags) => {
    const { runValidateModels } = await import('./run.ts');
    await runValidateModels(context, flags);
  });
}

function modelOptions(command: Command, path: (value: string) => string): void {
  command
    .optionsGroup('Models and probes:')
    .option('-m, --model <model...>', 'ask these and require them: ids, globs, a,b,c')
    .option('--live', 'ask and require every model that the endpoint lists')
    .addOption(
      command
        .createOption('--file <file>', 'ask what this file describes; -m chooses among it')
        .argParser(path)
        .conflicts(['live', 'init']),
    )
    .option(
      '--init [file]',
      'write such a file (models.json) from what is listed; ask nothing',
      path,
    )
    .option(
      '--probe <probe...>',
      'chat, stream, system, json, tools, vision, reasoning, stop, max-tokens, long[=THOUSANDS] ' +
        '(default: what each model claims, but long)',
    );
}

function limitOptions(command: Command): void {
  command
    .optionsGroup('Limits:')
    .option('-j, --concurrency <n>', 'models asked at the same time (default: 4)')
    .option('--timeout <duration>', 'longest wait for one model and all its probes (default: 2m)')
    .option('--deadline <duration>', 'longest wait for the whole run')
    .option('--retries <n>', 'put a probe again that was not passed (default: 0)')
    .option('--repeat <n>', 'put every probe so many times, for median and spread (default: 1)')
    .option('--max-ttft <duration>', 'fail a model whose first token comes later')
    .option('--max-latency <duration>', 'fail a model whose first answer takes longer')
    .option('--min-tokens-per-second <n>', 'fail a model that writes slower')
    .option('--max-tokens-spent <n>', 'ask nothing any more that would make the run cost more')
    .option('--fail-fast', 'end with the first required model that does not pass');
}
