export type { LiveEvent, SubscribeOptions } from './live-topics/topic-subscription.js';
export type { ClientState, TidingsClientOptions } from './options.js';
export type { PageEvents, Socket, SocketClass } from './platform.js';
export type { ReceivedMessage } from './received-message.js';
export { TidingsClient } from './tidings-client.js';
