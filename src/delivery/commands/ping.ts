import type { PongFrame } from '../../protocol/frames.js';
import { textFrame } from '../encode.js';
import type { Command } from './command.js';

const PONG = textFrame(JSON.stringify({ type: 'pong' } satisfies PongFrame));

/** `{"type":"ping"}`: for scripts, which cannot see WebSocket pings. */
export const ping: Command = (connection) => {
  if (connection.tolerate()) connection.answer(PONG);
};
