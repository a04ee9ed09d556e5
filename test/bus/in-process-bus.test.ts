import { InProcessBus } from '../../src/bus/in-process-bus.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { messageBusContract } from '../contract/message-bus.js';

messageBusContract('the bus of one process', async () => {
  const bus = new InProcessBus(silentLogger);
  return { publisher: bus, subscriber: bus, close: () => bus.close() };
});
