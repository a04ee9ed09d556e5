import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry, AuditedCall, AuditNote } from '../../src/core/domain/audit.js';
import type { AuditQuery } from '../../src/core/ports/stores/audit-store.js';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, HOUR_MS, messageOf, push, type StoreHarness, someTenant } from './store-harness.js';

const everything: AuditQuery = { at: null, apiKeyId: null, operation: null, recipient: null };
const nothing = { ids: null, recipient: null, globalMessageId: null, topic: null };

export function describeAudit(get: () => StoreHarness): void {
  describe('audit', () => {
    let store: Store;
    let other: Store;
    beforeAll(async () => {
      store = await get().open();
      other = await get().open();
    });
    afterAll(() => Promise.all([store.close(), other.close()]));

    const newTenant = async () => (await store.createTenant(`audit ${someTenant()}`)).id;
    const call = (tenantId: string | null, rest: Partial<AuditedCall> = {}): AuditedCall => ({
      tenantId,
      apiKeyId: randomUUID(),
      keyPrefix: 'tk_abcde',
      keyName: 'backend',
      operation: 'revokeRecipient',
      subject: { recipient: 'r' },
      address: '203.0.113.7',
      requestId: 'a-request',
      severalSteps: false,
      ...rest,
    });
    const noteOf = (...args: Parameters<typeof call>): AuditNote => store.openNote(call(...args));
    const entriesOf = async (tenantId: string, query: Partial<AuditQuery> = {}) =>
      (await store.listEntries(tenantId, { ...everything, ...query }, null, 1000)).items;
    const outcomesOf = async (tenantId: string) => (await entriesOf(tenantId)).map(({ outcome, code }) => [outcome, code]);
    const revocationOf = async (tenantId: string) => (await store.readRevocation(tenantId, 'r')).number;

    /** Has the database do something with each entry that says an operation of this name took place. */
    async function onEntry<T>(
      operation: string,
      statement: string,
      work: () => Promise<T>,
      when = 'INITIALLY DEFERRED',
    ): Promise<T> {
      await get().sql(
        `CREATE OR REPLACE FUNCTION on_entry() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF NEW.operation = '${operation}' AND NEW.outcome = 'DONE' THEN ${statement}; END IF; RETURN NULL; END $$`,
      );
      await get().sql(
        `CREATE CONSTRAINT TRIGGER on_entry AFTER INSERT OR UPDATE ON audit_entries DEFERRABLE ${when} FOR EACH ROW EXECUTE FUNCTION on_entry()`,
      );
      try {
        return await work();
      } finally {
        await get().sql('DROP TRIGGER on_entry ON audit_entries');
      }
    }
    const REFUSE = `RAISE EXCEPTION 'refused by the test'`;
    const DIE = 'PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1)';

    it('writes an entry with its change, and tells who, what and when', async () => {
      const tenantId = await newTenant();
      const before = store.clock.now();
      const note = noteOf(tenantId, { subject: { recipient: 'r', names: { topic: ['news', 'to all'] } } });
      await store.revoke(tenantId, 'r', HOUR_MS, note);
      expect(note.state).toBe('done');
      const [entry] = await entriesOf(tenantId);
      const { apiKeyId } = note;
      expect(entry).toEqual({
        ...{ id: note.id, tenantId, apiKeyId, keyPrefix: 'tk_abcde', keyName: 'backend', operation: 'revokeRecipient' },
        ...{ address: '203.0.113.7', outcome: 'DONE', code: null, requestId: 'a-request', at: expect.any(Date) },
        subject: expect.stringMatching(/^recipient:[0-9a-f]{64} topic:news,"to all"$/),
      });
      expect(Math.abs((entry?.at.getTime() ?? 0) - before)).toBeLessThan(10_000);
    });

    it('names no recipient, and each tenant names them in its own way', async () => {
      const [one, two] = [await newTenant(), await newTenant()];
      for (const tenantId of [one, two]) await store.revoke(tenantId, 'r', HOUR_MS, noteOf(tenantId));
      const subjects = [...(await entriesOf(one)), ...(await entriesOf(two))].map(({ subject }) => subject);
      expect(new Set(subjects).size).toBe(2);
      const [kept] = await get().sql<{ row: string }>(
        'SELECT row_to_json(e)::text AS row FROM audit_entries e WHERE tenant_id = $1',
        [one],
      );
      expect(kept?.row).not.toMatch(/"r"/);
    });

    const changes: Array<
      [string, (tenantId: string, note: AuditNote) => Promise<unknown>, (tenantId: string) => Promise<unknown>]
    > = [
      ['revoke', (tenantId, note) => store.revoke(tenantId, 'r', HOUR_MS, note), revocationOf],
      [
        'cancel',
        (tenantId, note) => store.cancel(tenantId, { ...nothing, recipient: 'r' }, note),
        async (tenantId) => (await get().sql('SELECT status FROM messages WHERE tenant_id = $1', [tenantId]))[0],
      ],
      [
        'createTopic',
        (tenantId, note) => store.directory.createTopic(tenantId, 'new', false, note),
        (tenantId) => store.directory.topics(tenantId),
      ],
      [
        'makeKey',
        (tenantId, note) => {
          const hash = Buffer.alloc(32, randomUUID());
          return store.createKey({ tenantId, hash, prefix: 'tk_', name: null, scope: '', expiresAt: null }, note);
        },
        async (tenantId) => (await store.listKeys(tenantId)).length,
      ],
    ];

    it.each(changes)('has neither without the other: %s', async (operation, change, stateOf) => {
      const tenantId = await newTenant();
      await push(store, tenantId, 'r');
      const before = await stateOf(tenantId);
      for (const statement of [REFUSE, DIE]) {
        const note = noteOf(tenantId, { operation });
        await onEntry(operation, statement, () => expect(change(tenantId, note)).rejects.toThrow());
        expect(note.state).toBe('open');
        expect([await stateOf(tenantId), await entriesOf(tenantId)]).toEqual([before, []]);
      }
      await change(tenantId, noteOf(tenantId, { operation }));
      expect(await stateOf(tenantId)).not.toEqual(before);
      expect(await outcomesOf(tenantId)).toEqual([['DONE', null]]);
    });

    it('says UNKNOWN of a commit that broke and did not take place', async () => {
      const tenantId = await newTenant();
      const note = noteOf(tenantId);
      await onEntry('revokeRecipient', DIE, () =>
        expect(store.revoke(tenantId, 'r', HOUR_MS, note)).rejects.toMatchObject({ details: { outcome: 'UNKNOWN' } }),
      );
      await store.closeNote(note, 'UNKNOWN', 'SERVICE_UNAVAILABLE');
      expect(await revocationOf(tenantId)).toBe(0);
      expect(await outcomesOf(tenantId)).toEqual([['UNKNOWN', 'SERVICE_UNAVAILABLE']]);
    });

    it('waits for a commit under way before it says UNKNOWN of it, and leaves what that commits', async () => {
      const tenantId = await newTenant();
      const note = noteOf(tenantId);
      const lock = 'SELECT pg_advisory_xact_lock(4711)';
      const holder = await get().hold('SELECT pg_advisory_lock(4711)', 'SELECT pg_advisory_unlock(4711)');
      await onEntry('revokeRecipient', lock.replace('SELECT', 'PERFORM'), async () => {
        const committing = store.revoke(tenantId, 'r', HOUR_MS, { ...note });
        await get().untilWaiting(1);
        const closing = other.closeNote(note, 'UNKNOWN', 'SERVICE_UNAVAILABLE');
        await get().untilWaiting(2);
        await holder.release();
        await Promise.all([committing, closing]);
      });
      expect(await revocationOf(tenantId)).toBeGreaterThan(0);
      expect(await outcomesOf(tenantId)).toEqual([['DONE', null]]);
    });

    it('lets nothing happen any more once its entry says that it did not', async () => {
      const tenantId = await newTenant();
      const note = noteOf(tenantId);
      await store.closeNote(note, 'UNKNOWN', 'SERVICE_UNAVAILABLE');
      await expect(store.revoke(tenantId, 'r', HOUR_MS, note)).rejects.toThrow();
      expect(await revocationOf(tenantId)).toBe(0);
      expect(await outcomesOf(tenantId)).toEqual([['UNKNOWN', 'SERVICE_UNAVAILABLE']]);
    });

    it('says UNKNOWN of an erasure from its first step on, until its last', async () => {
      const tenantId = await newTenant();
      const [id] = await push(store, tenantId, 'r');
      const rest = { operation: 'eraseRecipient', severalSteps: true };
      const note = noteOf(tenantId, rest);
      await store.revoke(tenantId, 'r', HOUR_MS, note);
      expect([note.state, await outcomesOf(tenantId)]).toEqual(['begun', [['UNKNOWN', null]]]);
      // The last step fails: everything was done, and nobody knows it.
      await onEntry('eraseRecipient', DIE, () => expect(store.erase(tenantId, 'r', HOUR_MS, note)).rejects.toThrow());
      await store.closeNote(note, 'UNKNOWN', 'SERVICE_UNAVAILABLE');
      expect(await outcomesOf(tenantId)).toEqual([['UNKNOWN', 'SERVICE_UNAVAILABLE']]);
      expect(await store.findMessage(tenantId, id ?? '')).toBeNull();

      const again = noteOf(tenantId, rest);
      await store.erase(tenantId, 'r', HOUR_MS, again);
      expect([again.state, (await outcomesOf(tenantId))[0]]).toEqual(['done', ['DONE', null]]);
    });

    it('writes what changed nothing, many at once, and those that are good although one is not', async () => {
      const tenantId = await newTenant();
      const closed = await Promise.allSettled([
        ...Array.from({ length: 700 }, () => store.closeNote(noteOf(tenantId), 'REFUSED', 'FORBIDDEN')),
        store.closeNote(noteOf(tenantId, { operation: 'a\0b' }), 'REFUSED', 'FORBIDDEN'),
      ]);
      expect(closed.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(await entriesOf(tenantId)).toHaveLength(700);
    });

    it('takes from refused input what can be kept', async () => {
      const tenantId = await newTenant();
      const ids = Array.from({ length: 10_000 }, () => randomUUID());
      const subjects = [
        { recipient: 'x'.repeat(257), names: { topic: '\ud800', ids } },
        { recipient: '\0', names: { topic: 't'.repeat(1000), ids: [] } },
        { recipient: null, names: { topic: '' } },
      ];
      for (const subject of subjects) await store.closeNote(noteOf(tenantId, { subject }), 'REFUSED', 'BAD_USER_INPUT');
      expect((await entriesOf(tenantId)).map(({ subject }) => subject).reverse()).toEqual([
        `ids:${ids.slice(0, 10).join(',')},+9990`,
        `topic:${JSON.stringify(`${'t'.repeat(256)}…`)}`,
        'topic:""',
      ]);
    });

    it('writes reads once per key, operation, recipient and hour, whichever node answers', async () => {
      const tenantId = await newTenant();
      const keys = [randomUUID(), randomUUID()];
      const reads = keys.flatMap((apiKeyId) =>
        ['messages', 'recipient'].flatMap((operation) =>
          ['r', 's', null].map((recipient) => call(tenantId, { apiKeyId, operation, subject: { recipient } })),
        ),
      );
      for (const node of [store, other, store]) await Promise.all(reads.map((read) => node.noteRead(read)));
      // A test that runs over the full hour sees each of them twice.
      expect([12, 24]).toContain((await entriesOf(tenantId)).length);
      await expect(store.noteRead(call(someTenant()))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    describe('lists', () => {
      let tenantId: string;
      const keyId = randomUUID();
      let written: AuditEntry[];
      const made: string[] = [];
      const sample = (i: number) => ({
        apiKeyId: i % 2 ? keyId : randomUUID(),
        operation: i % 3 ? 'a' : 'b',
        subject: { recipient: i % 4 ? 'r' : 's' },
      });
      beforeAll(async () => {
        tenantId = await newTenant();
        for (let i = 0; i < 24; i++) {
          const note = noteOf(tenantId, sample(i));
          made.push(note.id);
          await store.closeNote(note, 'REFUSED', 'FORBIDDEN');
        }
        written = await entriesOf(tenantId);
      });
      const walk = async (query: Partial<AuditQuery>, limit: number) => {
        const ids: string[] = [];
        for (let after: string | null = null; ; ) {
          const page = await store.listEntries(tenantId, { ...everything, ...query }, after, limit);
          ids.push(...page.items.map(({ id }) => id));
          if (page.next === null) return ids;
          after = page.next;
        }
      };
      // Ids of one millisecond have no promised order.
      const place = (matches: (i: number) => boolean) =>
        written.filter(({ id }) => matches(made.indexOf(id))).map(({ id }) => id);

      it('newest first, each once, page by page', async () => {
        expect(written).toHaveLength(24);
        expect([...written].sort((a, b) => (a.id < b.id ? 1 : -1))).toEqual(written);
        expect(await walk({}, 5)).toEqual(written.map(({ id }) => id));
      });

      it('what matches everything that is asked for', async () => {
        expect(await walk({ recipient: 's' }, 4)).toEqual(place((i) => i % 4 === 0));
        expect(await walk({ apiKeyId: keyId }, 4)).toEqual(place((i) => i % 2 === 1));
        expect(await walk({ operation: 'b' }, 4)).toEqual(place((i) => i % 3 === 0));
        expect(await walk({ apiKeyId: keyId, recipient: 'r', operation: 'a' }, 4)).toEqual(
          place((i) => i % 2 === 1 && i % 3 !== 0),
        );
        expect(await walk({ apiKeyId: 'nonsense' }, 4)).toEqual([]);
        const from = written[9]?.at ?? null;
        const to = written[4]?.at ?? null;
        expect(await walk({ at: { from, to } }, 4)).toEqual(
          written.filter(({ at }) => at >= (from as Date) && at <= (to as Date)).map(({ id }) => id),
        );
        expect(await entriesOf(await newTenant(), { recipient: 's' })).toEqual([]);
      });

      it('those of all tenants together', async () => {
        const second = await newTenant();
        await store.closeNote(noteOf(second, { operation: 'of all' }), 'FAILED', 'INTERNAL_SERVER_ERROR');
        await store.closeNote(noteOf(tenantId, { operation: 'of all' }), 'REFUSED', 'FORBIDDEN');
        const query = { at: null, apiKeyId: null, operation: 'of all' };
        const first = await store.listAllEntries(query, null, 1);
        const rest = await store.listAllEntries(query, first.next, 1);
        expect([...first.items, ...rest.items].map((entry) => entry.tenantId)).toEqual([tenantId, second]);
        expect(rest.next).toBeNull();
      });
    });

    it('deletes entries by their age alone', async () => {
      const tenantId = await newTenant();
      const cleaner = await get().open({ auditRetentionMs: 10 * DAY_MS });
      await store.closeNote(noteOf(tenantId), 'REFUSED', 'FORBIDDEN');
      await store.closeNote(noteOf(tenantId), 'REFUSED', 'FORBIDDEN');
      const [newer, older] = await entriesOf(tenantId);
      const past = (days: number) =>
        Math.floor(store.clock.now() - days * DAY_MS)
          .toString(16)
          .padStart(12, '0');
      const move = (id: string | undefined, days: number) =>
        get().sql(`UPDATE audit_entries SET id = ($2 || right(id::text, 23))::uuid WHERE id = $1`, [
          id,
          past(days).replace(/^.{8}/, '$&-'),
        ]);
      await move(older?.id, 10.1);
      await move(newer?.id, 9.9);
      await store.erase(tenantId, 'r', HOUR_MS);
      await store.cleanUpAudit();
      expect(await entriesOf(tenantId)).toHaveLength(2);
      const [one, two] = await Promise.all([cleaner.cleanUpAudit(), store.cleanUpAudit()]);
      expect([one, two].some((piece) => piece !== null)).toBe(true);
      await cleaner.cleanUpAudit();
      const rest = await entriesOf(tenantId);
      expect(rest.map(({ at }) => Math.round((store.clock.now() - at.getTime()) / DAY_MS))).toEqual([10]);
      expect(await cleaner.cleanUpAudit()).toEqual({ expired: 0, deleted: 0, more: false });
      await cleaner.close();
    });

    it('keeps what it tells of a deleted tenant', async () => {
      const name = `deleted ${someTenant()}`;
      const made = noteOf(null, { operation: 'cli.tenant.create', subject: { names: { tenant: name } } });
      const { id } = await store.createTenant(name, made);
      const [message] = await push(store, id, 'r');
      await store.cancel(id, { ...nothing, recipient: 'r' }, noteOf(id));
      expect(await messageOf(store, id, message)).toMatchObject({ status: 'CANCELLED' });
      await store.disableTenant(name, noteOf(null, { operation: 'cli.tenant.disable', subject: {} }));
      expect(await entriesOf(id)).toHaveLength(3);
      const note = noteOf(null, { operation: 'cli.tenant.delete', subject: { names: { tenant: name } }, severalSteps: true });
      await store.deleteTenant(name, async () => expect((await outcomesOf(id))[0]).toEqual(['UNKNOWN', null]), note);
      const kept = await entriesOf(id);
      expect(kept).toHaveLength(4);
      expect(kept[0]).toMatchObject({ operation: 'cli.tenant.delete', outcome: 'DONE' });
      expect((await store.listAllEntries(everything, null, 1)).items).toMatchObject([{ tenantId: id }]);
    });

    it('writes nothing of a tenant that there is not', async () => {
      const note = noteOf(null, { operation: 'cli.tenant.disable', subject: {} });
      expect(await store.disableTenant(`nobody ${someTenant()}`, note)).toBeNull();
      await store.closeNote(note, 'REFUSED', 'BAD_USER_INPUT');
      expect(note.state).toBe('open');
    });
  });
}
