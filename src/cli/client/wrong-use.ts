import { CommandFailed } from '../../app/command-failed.js';

/** Ends a command that was asked for in a way that cannot be meant: exit status 2. */
export class WrongUse extends CommandFailed {}
