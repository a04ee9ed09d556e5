/** Ends a command. Its message is the one line on standard error. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
