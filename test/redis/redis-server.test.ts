import { describe, expect, it } from '@jest/globals';
import { parseRedisUrls, siblingOf } from '../../src/redis/redis-server.js';

const parse = (urls: string) => parseRedisUrls(urls, 'me').map(({ options }) => options);

describe('the URLs of Redis', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379 }],
    ['redis://host:1234', { host: 'host', port: 1234 }],
    ['redis://host:1234/3', { host: 'host', port: 1234, db: 3 }],
    ['redis://host?db=3', { host: 'host', port: 6379, db: 3 }],
    ['redis://host/0', { host: 'host', port: 6379, db: 0 }],
    ['redis://host/', { host: 'host', port: 6379 }],
    ['redis://[::1]:1234', { host: '::1', port: 1234 }],
    ['redis://us%40er:p%2Cw@host', { host: 'host', port: 6379, username: 'us@er', password: 'p,w' }],
    ['redis://:pw@host', { host: 'host', port: 6379, password: 'pw' }],
    ['rediss://host', { host: 'host', port: 6379, tls: { servername: 'host' } }],
    ['rediss://10.0.0.1', { host: '10.0.0.1', port: 6379, tls: {} }],
  ])('%s', (url, options) => {
    expect(parse(url)).toEqual([{ ...options, connectionName: 'me' }]);
  });

  it('may be several, and a password may contain a comma', () => {
    expect(parse('redis://:a,b@one, rediss://two:2')).toMatchObject([
      { host: 'one', password: 'a,b' },
      { host: 'two', port: 2 },
    ]);
  });

  it('tell servers apart by host and port alone', () => {
    expect(parseRedisUrls('redis://user:pw@host:1', 'me')[0]?.key).toBe('host:1');
  });
});

describe('another server of a cluster', () => {
  it('is reached the same way', () => {
    const [known] = parseRedisUrls('redis://user:pw@host:1', 'me');
    expect(siblingOf(known!, 'other', 2)).toEqual({
      key: 'other:2',
      options: { host: 'other', port: 2, username: 'user', password: 'pw', connectionName: 'me' },
    });
  });

  it('shows a certificate of its own name, or of the configured one where it has none', () => {
    const [known] = parseRedisUrls('rediss://host:1', 'me');
    expect(siblingOf(known!, 'other', 2).options.tls).toEqual({ servername: 'other' });
    expect(siblingOf(known!, '10.0.0.1', 2).options.tls).toEqual({ servername: 'host' });
  });
});
