import { type Command, CommandRefused } from './client-command.js';

/**
 * Takes `{"type":"ack","ids":[…]}`: the client has dealt with these messages. Ignores ids that were not
 * sent on this connection.
 */
export const ack: Command = (connection, { ids }) => {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw new CommandRefused('BAD_USER_INPUT', 'ids must be a list of strings');
  }
  // An ack that confirms nothing counts against the rate, as any other frame does.
  if (!connection.ack(ids)) connection.tolerate();
};
