/** Says in one line why a server that answers cannot be used. It is for the operator to mend. */
export class UnfitServer extends Error {
  override readonly name = 'UnfitServer';
}
