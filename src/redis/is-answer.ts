import { ReplyError } from 'ioredis';

/**
 * Tells whether a server has answered a command, though with an error, such as MISCONF (it cannot save) or
 * NOPERM (an access list): it lives, and may carry out other commands.
 */
export const isAnswer = (error: unknown): error is Error => error instanceof ReplyError;
