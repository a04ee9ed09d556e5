export { TidingsClient } from './client.js';
export type { PageEvents, Socket, SocketClass } from './environment.js';
export type { ReceivedMessage } from './inbox.js';
export type { ClientState, TidingsClientOptions } from './options.js';
