import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rootFields } from '../../../src/api/graphql/root-fields.js';
import { LiveClient } from '../../adapters/support.js';
import { until } from '../../support/index.js';
import { type Installation, startInstallation, type TenantData, type Told } from './installation.js';
import { KINDS, type Kind } from './kinds.js';
import { ROWS } from './rows.js';

let tidings: Installation;
/** Data that no cell may read or change. */
let other: TenantData;
let cells = 0;
beforeAll(async () => {
  tidings = await startInstallation();
  other = await tidings.newTenant();
}, 60_000);
afterAll(async () => {
  process.stderr.write(`permission matrix: ${cells} cells\n`);
  await tidings.stop();
});

test('there is a row for every root field, and none for what is no field', () => {
  const fields = Object.entries(rootFields()).flatMap(([operation, names]) => [...names].map((name) => `${operation}:${name}`));
  expect(Object.keys(ROWS).sort()).toEqual(fields.sort());
});

async function makeKey(kind: Kind, { tenantId, name }: TenantData): Promise<{ id: string; key: string }> {
  const made = await tidings.makeKey(tenantId, kind.scope, null, kind.role ?? null);
  const { id } = made;
  if (kind.ended === 'expired') await tidings.sql(`UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [id]);
  if (kind.ended === 'planned revocation passed') {
    const at = new Date(tidings.store.clock.now() + 20);
    await tidings.store.revokeOwnKey({ tenantId, id, at, descendants: false });
    await tidings.untilRefused(made.key);
  }
  if (kind.ended === 'revoked') await tidings.store.revokeKey(id);
  if (kind.ended === 'of a disabled tenant') await tidings.store.disableTenant(name);
  if (kind.ended === 'of a deleted tenant') await tidings.store.deleteTenant(name);
  return made;
}

const lengthOf = (text: string) => `[${Buffer.byteLength(text)} bytes]`;

/** Throws, or fails an expectation, if an answer is not what the kind of key may have. */
function judge(entry: string, told: Told, kind: Kind, asked: { of: TenantData; own: TenantData; keyId: string }): void {
  const { of, own } = asked;
  const code = told.errors?.[0]?.extensions.code;
  for (const secret of [other.marker, other.messageId, other.globalId, other.spareKeyId, other.tenantId, ...other.onceIds]) {
    expect(told.text).not.toContain(secret);
  }
  if (kind.ended) {
    expect(told).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(told).not.toHaveProperty('data');
    return;
  }
  const [, field = ''] = entry.split(':');
  if (!kind.grants(entry)) {
    expect([told.status, code, told.data?.[field] ?? null]).toEqual([200, 'FORBIDDEN', null]);
    expect(told.text).not.toContain(own.marker);
    return;
  }
  const row = ROWS[entry];
  expect(code).toBe(of === own ? undefined : row?.elsewhere);
  if (code === undefined) row?.check?.(told.data?.[field], asked);
  const texts = of === own ? (row?.shows?.(own) ?? []) : [];
  for (const text of texts) {
    expect(told.text.includes(text)).toBe(!kind.hidesTexts);
    expect(told.text.includes(lengthOf(text))).toBe(kind.hidesTexts === true);
  }
  if (kind.hidesTexts) for (const text of [own.text, own.globalText]) expect(told.text).not.toContain(text);
  expect(told.text).not.toContain(`"textHidden":${!kind.hidesTexts}`);
}

/** Asks for each field of a list about own and other data. Returns what was wrong. */
async function findWrong(entries: string[], kind: Kind, own: TenantData, { id: keyId, key }: { id: string; key: string }) {
  const wrong: string[] = [];
  for (const [entry, of] of entries.flatMap((entry) => [[entry, other] as const, [entry, own] as const])) {
    const { query = '', variables } = ROWS[entry] ?? {};
    const told = await tidings.ask(key, query, variables?.(of, own) ?? {});
    cells++;
    try {
      judge(entry, told, kind, { of, own, keyId });
    } catch (error) {
      wrong.push(`${entry}, ${of === own ? 'own' : 'other'}: ${(error as Error).message}\n${told.text.slice(0, 500)}`);
    }
  }
  return wrong;
}

describe('what each kind of key may do with its tenant’s data, and with another’s', () => {
  test.each(Object.entries(KINDS))(
    '%s',
    async (_name, kind) => {
      const own = await tidings.newTenant();
      const key = await makeKey(kind, own);
      const isGranted = (entry: string) => !kind.ended && kind.grants(entry);
      const [before, others] = [await tidings.contentsOf(own.tenantId), await tidings.contentsOf(other.tenantId)];
      const all = Object.keys(ROWS);
      const refused = all.filter((entry) => !isGranted(entry));
      expect(await findWrong(refused, kind, own, key)).toEqual([]);
      expect(await tidings.contentsOf(own.tenantId)).toBe(before);
      expect(await findWrong(all.filter(isGranted), kind, own, key)).toEqual([]);
      expect(await tidings.contentsOf(other.tenantId)).toBe(others);
    },
    60_000,
  );
});

test('a field that is not granted is refused beside one that is, under any name', async () => {
  const own = await tidings.newTenant();
  const { key } = await tidings.makeKey(own.tenantId, 'websockets-manager-api:query:version');
  const told = await tidings.ask(
    key,
    '{ version apiKeys: version x: apiKeys { id } ...F } fragment F on Query { messages { nextToken } }',
  );
  expect(told.data).toEqual({ version: expect.any(String), apiKeys: expect.any(String), x: null, messages: null });
  expect(told.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

describe('a recipient’s token', () => {
  const register = async ({ key }: TenantData) => {
    const { data } = await tidings.ask(
      key,
      'mutation { registerRecipient(input: { recipient: "ann", subscribe: ["*"] }) { token } }',
    );
    const { token } = (data as { registerRecipient: { token: string } }).registerRecipient;
    return LiveClient.open(`${tidings.deliveryUrl}/?token=${token}`, { protocols: ['tidings.v1'] });
  };

  test('shows what its tenant pushed and publishes, never what another one does under the same names', async () => {
    const own = await tidings.newTenant();
    const [mine, theirs] = [await register(own), await register(other)];
    try {
      for (const client of [mine, theirs])
        expect(await client.ask({ type: 'subscribe', topics: ['*'] })).toMatchObject({ type: 'ok' });
      const publish = ({ key, marker }: TenantData) =>
        tidings.ask(
          key,
          `mutation ($data: JSONObject!) { publishEvents(input: { events: [{ topic: "room:1", type: "update", data: $data }] }) { id } }`,
          { data: { marker } },
        );
      // Theirs first: what is mine comes behind it on every way.
      await publish(other);
      await publish(own);
      const texts = (client: LiveClient) => JSON.stringify(client.frames);
      await until('both got their events and messages', () =>
        [[theirs, other] as const, [mine, own] as const].every(([client, { marker, text, globalText }]) =>
          [`{"marker":"${marker}"}`, text, globalText].every((part) => texts(client).includes(part)),
        ),
      );
      expect(texts(mine)).not.toContain(other.marker);
      expect(texts(theirs)).not.toContain(own.marker);
    } finally {
      mine.ws.close();
      theirs.ws.close();
    }
  });
});
