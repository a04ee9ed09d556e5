import { Command as CommanderCommand, type HelpContext } from 'commander';

/** Fails with one line if a subcommand is missing, as for any other mistake. */
export class Command extends CommanderCommand {
  override createCommand(name?: string): Command {
    return new Command(name);
  }

  override help(context?: HelpContext): never;
  override help(callback: (text: string) => string): never;
  override help(context?: HelpContext | ((text: string) => string)): never {
    if (typeof context === 'function') super.help(context);
    if (context?.error) this.error(`error: a command is missing: see "${this.#path} --help"`);
    super.help(context);
  }

  get #path(): string {
    const names: string[] = [];
    for (let command: CommanderCommand | null = this; command; command = command.parent) names.unshift(command.name());
    return names.join(' ');
  }
}
