import { beforeEach, describe, expect, it } from '@jest/globals';
import { PushAllowances } from '../../../src/store/push/push-allowances.js';
import { pushCall } from '../../contract/store-harness.js';

const LIMIT = 10_000;
const SHARE = 16;
const tenantId = 'tenant';

describe('allowances of pushes', () => {
  let now: number;
  let allowances: PushAllowances;
  beforeEach(() => {
    now = 1_000;
    allowances = new PushAllowances(LIMIT, { now: () => now });
  });

  const grant = (recipient: string, pending: number) => allowances.grant([{ tenantId, recipient }], [pending]);
  const spend = (...recipients: string[]) => allowances.spend(pushCall(tenantId, recipients));
  const spendAll = (recipient: string) => {
    let spent = 0;
    while (spend(recipient)) spent++;
    return spent;
  };

  it('are a sixteenth of the room, and are not granted twice', () => {
    expect(spend('alice')).toBe(false);
    grant('alice', 2_000);
    grant('alice', 2_000);
    expect(spendAll('alice')).toBe(8_000 / SHARE);
  });

  it('are spent of each recipient of a call, or of none', () => {
    grant('alice', 0);
    expect(spend('alice', 'bob')).toBe(false);
    expect(spendAll('alice')).toBe(LIMIT / SHARE);
  });

  it('are not granted where little room is left', () => {
    grant('alice', LIMIT - 1_000);
    expect(spend('alice')).toBe(false);
    grant('alice', LIMIT - 1_001);
    expect(spend('alice')).toBe(true);
  });

  it('are over after 15 seconds, and may be granted anew then', () => {
    grant('alice', 0);
    now += 15_000;
    expect(spend('alice')).toBe(true);
    now++;
    expect(spend('alice')).toBe(false);
    const recipients = [{ index: 0, recipient: 'alice' }];
    expect(allowances.takeUnknown(tenantId, recipients)).toEqual([{ tenantId, recipient: 'alice' }]);
    grant('alice', 0);
    expect(spend('alice')).toBe(true);
    expect(allowances.takeUnknown(tenantId, recipients)).toEqual([]);
  });
});
