import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditDraft, createTestAudit, type TestAudit } from '@cinnabar/testing';
import { type AuditQuery, AuditReader } from '../index.ts';

let audit: TestAudit;
let reader: AuditReader;

beforeAll(async () => {
  audit = await createTestAudit();
  const trail = await audit.openTrail();
  reader = new AuditReader(audit.server);
  await trail.seal(auditDraft({ oper: 'alice', userid: 'alice', orgaid: 'ONE', data: 'own' }));
  await trail.seal(
    auditDraft({ oper: 'admin', userid: 'Alice', orgaid: 'ONE', action: 'Set', category: 'User', data: 'on her' }),
  );
  await trail.seal(
    auditDraft({ oper: 'bob', userid: 'bob', orgaid: 'ONE', success: false, errorCode: 'K0009', data: 'bob' }),
  );
  await trail.seal(
    auditDraft({ oper: 'carol', userid: 'carol', orgaid: 'TWO', app: '100%_\\', module: '100%_\\', data: 'two' }),
  );
  await trail.seal(auditDraft({ oper: null, userid: 'nobody', orgaid: null, data: 'no organisation' }));
}, 60_000);

afterAll(async () => {
  await audit.close();
});

const EVERYTHING = { ownOf: 'admin', organisations: ['ONE', 'TWO'] };

async function list(more: Partial<AuditQuery>): Promise<(string | null)[]> {
  const query: AuditQuery = {
    visibility: EVERYTHING,
    startAt: new Date(Date.now() - 60_000),
    endAt: new Date(),
    page: { id: 1, itemspage: 100 },
    ...more,
  };
  return (await reader.list(query)).records.map(({ data }) => data);
}

describe('a list of audit records', () => {
  it('shows the newest first, and only organisations that may be seen', async () => {
    expect(await list({})).toEqual(['two', 'bob', 'on her', 'own']);
    expect(await list({ visibility: { ownOf: 'admin', organisations: ['TWO'] } })).toEqual(['two', 'on her']);
  });

  it('shows a user what he did and what was done to him', async () => {
    expect(await list({ visibility: { ownOf: 'alice', organisations: [] } })).toEqual(['on her', 'own']);
  });

  it.each([
    [{ userid: 'ALICE' }, ['on her', 'own']],
    [{ userid: 'ali' }, []],
    [{ userid: 'ali*' }, ['on her', 'own']],
    [{ oper: '*o*' }, ['two', 'bob']],
    [{ category: 'user', action: 'sET' }, ['on her']],
    [{ success: false }, ['bob']],
    [{ success: true, category: 'Sign' }, ['two', 'own']],
    [{ certid: '3b64347cd364' }, ['two', 'bob', 'on her', 'own']],
    [{ serial: '22B2*' }, ['two', 'bob', 'on her', 'own']],
    [{ module: '100%_\\' }, ['two']],
    [{ module: '100%_\\*' }, ['two']],
    [{ module: '1__%' }, []],
    [{ module: '1__%*' }, []],
    [{ userid: "' OR true --" }, []],
  ])('filters by %j', async (filter, expected) => {
    expect(await list({ filter })).toEqual(expected);
  });

  it('filters by a user, whichever side he is on', async () => {
    expect(await list({ foruser: 'admin' })).toEqual(['on her']);
    expect(await list({ foruser: 'alice' })).toEqual(['on her', 'own']);
  });

  it('counts both ends of the range, to the last microsecond of the millisecond', async () => {
    const all = await reader.list({
      visibility: EVERYTHING,
      startAt: new Date(0),
      endAt: new Date(),
      page: { id: 1, itemspage: 1 },
    });
    const last = new Date(all.records[0]?.date ?? '');
    expect(await list({ startAt: last, endAt: last })).toContain('two');
    expect(await list({ endAt: new Date(last.getTime() - 1_000) })).toEqual([]);
  });

  it('tells its pages', async () => {
    const query = { visibility: EVERYTHING, startAt: new Date(0), endAt: new Date() };
    const second = await reader.list({ ...query, page: { id: 2, itemspage: 3 } });
    expect(second.page).toEqual({ id: 2, itemspage: 3, numpages: 2, totalitems: 4 });
    expect(second.records.map(({ data }) => data)).toEqual(['own']);
    const beyond = await reader.list({ ...query, page: { id: 9, itemspage: 3 } });
    expect(beyond).toMatchObject({ records: [], page: { numpages: 2, totalitems: 4 } });
  });

  it("has the members of the manual's Audit object", async () => {
    const { records } = await reader.list({
      visibility: { ownOf: 'bob', organisations: [] },
      startAt: new Date(0),
      endAt: new Date(),
      page: { id: 1, itemspage: 1 },
    });
    expect(records[0]).toEqual({
      ...auditDraft({ oper: 'bob', userid: 'bob', orgaid: 'ONE', success: false, errorCode: 'K0009', data: 'bob' }),
      auditid: expect.any(Number),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
  });
});
