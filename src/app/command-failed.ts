/** What went wrong, in the words for the one line on standard error. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
