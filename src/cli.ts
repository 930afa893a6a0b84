import { Command, Option } from 'commander';
import { type Config, loadConfig } from './config.ts';
import { Refusal, StartError } from './core/errors.ts';
import { ROLES } from './domain/permissions.ts';
import { KEY_SOURCES } from './domain/source.ts';
import type { KeyOptions } from './key-command.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `errand serve | worker | demo | key create`. Returns the exit code: 0, or 1 after a `StartError` or a `Refusal`,
 * whose message is printed without a stack because it states the remedy. Any other error is thrown.
 */
export async function runCli(argv: readonly string[], environment: Environment): Promise<number> {
  const program = new Command('errand').description('The task and job system for AI agents.');
  const withConfig =
    <Options>(action: (config: Config, options: Options) => Promise<void>) =>
    async (options: Options) =>
      action(loadConfig(environment), options);

  program
    .command('serve', { isDefault: true })
    .description('Serve the APIs and execute tasks, in one process.')
    .option('--no-worker', 'serve only; workers run in other processes')
    .action(
      withConfig<{ worker: boolean }>(async (config, { worker }) => {
        const { runUntilStopped } = await import('./run.ts');
        await runUntilStopped(config, { serve: true, work: worker });
      }),
    );
  program
    .command('worker')
    .description('Execute tasks only; several workers can share one database.')
    .action(
      withConfig(async (config) => {
        const { runUntilStopped } = await import('./run.ts');
        await runUntilStopped(config, { serve: false, work: true });
      }),
    );
  program
    .command('demo')
    .description('Run three example tasks in the terminal, in under 20 seconds.')
    .action(
      withConfig(async (config) => {
        const { runDemo } = await import('./demo.ts');
        await runDemo(config);
      }),
    );
  program
    .command('key')
    .description('API keys, for example if the admin key is lost.')
    .command('create')
    .description('Create a key and print it once.')
    .requiredOption('--name <name>', 'name of its owner')
    .addOption(new Option('--role <role>', 'role of the key').choices(ROLES).default('member'))
    .addOption(new Option('--kind <kind>', 'who uses it').choices(['person', 'service']).default('person'))
    .addOption(
      new Option('--source <source...>', 'sources that it can use').choices(KEY_SOURCES).default(KEY_SOURCES),
    )
    .action(
      withConfig<KeyOptions>(async (config, options) => {
        const { createKeyByHand } = await import('./key-command.ts');
        process.stdout.write(`${await createKeyByHand(config, options)}\n`);
      }),
    );

  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof StartError || error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
