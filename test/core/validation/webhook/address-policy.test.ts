import { describe, expect, test } from '@jest/globals';
import { compileAddressPolicy } from '../../../../src/core/validation/webhook/address-policy.js';

const everybody = compileAddressPolicy([]);

const REFUSED: Record<string, readonly string[]> = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12:3456::1'],
  shared: ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local, with the metadata services of clouds': ['169.254.169.254', 'fe80::1', 'fd00:ec2::254'],
  'protocol assignments': ['192.0.0.1', '192.0.0.8', '192.0.0.170', '2001:1::4', '2001:2::1', '2001:10::1', '2001:100::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  'former relays': ['192.88.99.1'],
  benchmarking: ['198.18.0.1', '198.19.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  reserved: ['240.0.0.1', '255.255.255.255'],
  unspecified: ['::'],
  'discard-only, dummy, segment routing, former site-local': ['100::1', '100:0:0:1::1', '5f00::1', 'fec0::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:10.0.0.1'],
  'IPv4-compatible and translated': ['::127.0.0.1', '::8.8.8.8', '::ffff:0:8.8.8.8', '::ffff:0:127.0.0.1'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::8.8.8.8', '64:ff9b:1:ffff::1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:c0a8:101::1'],
  'Teredo: server': ['2001:0:7f00:1::f7f7:f7f7'],
  'Teredo: client': ['2001:0:808:808::80ff:fffe'],
  ISATAP: ['2606:4700::5efe:10.0.0.1', '2606:4700::200:5efe:127.0.0.1'],
  'with a zone': ['fe80::1%eth0', '2606:4700::1%1'],
  'no addresses': ['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3.4.', '[::1]', '10.0.0.1/32'],
};

const GLOBAL = [
  ...['8.8.8.8', '1.1.1.1', '172.32.0.1', '192.0.0.9', '192.0.0.10', '100.128.0.1', '198.20.0.1', '223.255.255.255'],
  ...['192.31.196.1', '192.52.193.1', '192.175.48.1'],
  ...['2606:4700:4700::1111', '2a00::1', '2001:1::1', '2001:1::2', '2001:1::3', '2001:3::1', '2001:4:112::1', '2001:200::1'],
  ...['2620:4f:8000::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1', '2001:0:808:808::f7f7:f7f7'],
  '2606:4700::200:5efe:8.8.8.8',
];

describe('what webhooks may reach', () => {
  test.each(Object.entries(REFUSED))('is not what is %s', (_kind, addresses) => {
    for (const address of addresses)
      expect([address, everybody.judge(address)]).toEqual([address, { global: false, listed: false }]);
  });

  test.each(GLOBAL)('is %s', (address) => {
    expect(everybody.judge(address)).toEqual({ global: true, listed: false });
  });

  test('is what the operator lists, in whatever form it comes', () => {
    const policy = compileAddressPolicy(['10.0.0.0/8', '::1', 'fd00::/8', '8.8.8.8']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3', '2002:a01:203::1', '::1', 'fd00::1']) {
      expect([address, policy.judge(address)]).toEqual([address, { global: false, listed: true }]);
    }
    expect(policy.judge('8.8.8.8')).toEqual({ global: true, listed: true });
    for (const address of ['127.0.0.1', '11.0.0.1', 'fe80::1', '169.254.169.254'])
      expect(policy.judge(address).listed).toBe(false);
    expect(policy.judge('169.254.169.254').global).toBe(false);
    expect([policy.listsSome, everybody.listsSome]).toEqual([true, false]);
  });
});
