import { answerInTime } from './answer-in-time.js';
import { RedisLink } from './redis-link.js';
import { type RedisServer, serverAt } from './redis-server.js';

/**
 * Asks a Redis Sentinel which server is the primary at the moment. What it names may be one that has just
 * died: the caller connects to it and looks at its role.
 *
 * @throws if it cannot be asked, or knows no primary of that name
 */
export async function primaryOf({ key, options, sentinel }: RedisServer): Promise<RedisServer> {
  if (sentinel === undefined) throw new Error(`${key} is no sentinel`);
  const link = await RedisLink.open({ key, options });
  try {
    const answer = await answerInTime(link.redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', sentinel.name));
    const [host, port] = (answer ?? []) as [string?, string?];
    if (host === undefined || port === undefined) throw new Error(`the sentinel at ${key} knows no "${sentinel.name}"`);
    return serverAt({ ...sentinel.primary, host, port: Number(port) });
  } finally {
    link.close();
  }
}
