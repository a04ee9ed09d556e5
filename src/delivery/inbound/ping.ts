import type { PongFrame } from '../../protocol/frames.js';
import { textFrame } from '../outbound/frame-encoder.js';
import type { Command } from './client-command.js';

const PONG = textFrame(JSON.stringify({ type: 'pong' } satisfies PongFrame));

/** Answers `{"type":"ping"}`, for scripts, which cannot see WebSocket pings. */
export const ping: Command = (connection) => {
  if (connection.tolerate()) connection.answer(PONG);
};
