import { expect, test } from '@jest/globals';
import { CLOSE } from '../../src/protocol/close-codes.js';
import { errorFrame, messageFrame } from '../../src/protocol/frames.js';

test('a message frame has exactly the attributes that are documented, with nulls for what is not given', () => {
  const message = { id: 'a', message: 'text', topic: null, createdAt: 0, expiresAt: null, globalMessageId: null };
  expect(Object.entries(messageFrame(message))).toEqual([
    ['type', 'message'],
    ['id', 'a'],
    ['message', 'text'],
    ['topic', null],
    ['createdAt', '1970-01-01T00:00:00.000Z'],
    ['expiresAt', null],
    ['globalMessageId', null],
  ]);
});

test('an error frame has an id only if the frame that it answers had one', () => {
  expect(errorFrame('C', 'why')).toEqual({ type: 'error', code: 'C', message: 'why' });
  expect(errorFrame('C', 'why', 'x')).toEqual({ type: 'error', id: 'x', code: 'C', message: 'why' });
});

test('close codes are those of the protocol', () => {
  expect(Object.values(CLOSE)).toEqual([1001, 1002, 1003, 1007, 1008, 1009, 4401, 4403, 4408, 4429]);
});
