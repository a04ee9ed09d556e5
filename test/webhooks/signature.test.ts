import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newWebhookSecret, secretPurpose } from '../../src/core/domain/webhook/webhook-secret.js';
import { createSecretBox } from '../../src/webhooks/aes-secret-box.js';
import { signature } from '../../src/webhooks/signature.js';

test('a signature is that of the library, whatever is signed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uuid(), fc.integer({ min: 0, max: 4e9 }), (body, id, timestamp) => {
      const secret = newWebhookSecret();
      expect(signature(secret, { id, timestamp, body })).toBe(new Webhook(secret).sign(id, new Date(timestamp * 1000), body));
    }),
    { numRuns: 50 },
  );
});

test('a secret has 32 random bytes', () => {
  const secret = newWebhookSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newWebhookSecret()).not.toBe(secret);
});

const [FIRST, SECOND] = ['first key of thirty-two bytes or so', 'second key of thirty-two bytes or'] as const;
/** What a caller is told who cannot mend it. */
const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('SECRETS_KEY') };

test('the first key encrypts, all decrypt, for the same tenant alone', () => {
  const before = createSecretBox([FIRST]);
  const during = createSecretBox([SECOND, FIRST]);
  const after = createSecretBox([SECOND]);
  const old = before.seal('whsec_x', secretPurpose('a'));
  expect(old.includes('whsec_x')).toBe(false);
  expect(before.seal('whsec_x', secretPurpose('a'))).not.toEqual(old);
  expect(during.open(old, secretPurpose('a'))).toBe('whsec_x');
  expect(after.open(during.seal('whsec_y', secretPurpose('a')), secretPurpose('a'))).toBe('whsec_y');
  expect(() => after.open(old, secretPurpose('a'))).toThrow(expect.objectContaining(UNAVAILABLE));
  expect(() => before.open(old, secretPurpose('b'))).toThrow('SECRETS_KEY');
  const changed = Buffer.from(old);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  expect(() => before.open(changed, secretPurpose('a'))).toThrow('SECRETS_KEY');
});

test('without a key nothing is encrypted or decrypted, and it is said why', () => {
  const none = createSecretBox([]);
  expect(() => none.seal('x', 'y')).toThrow(expect.objectContaining(UNAVAILABLE));
  const sealed = createSecretBox([FIRST]).seal('x', 'y');
  expect(() => none.open(sealed, 'y')).toThrow(expect.objectContaining(UNAVAILABLE));
});
