import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const digest = createHash('sha256').update('a letter').digest('base64');

interface AuditObject extends Readonly<Record<string, unknown>> {
  readonly auditid: number;
  readonly date: string;
}

interface Listed {
  readonly auditlist: readonly AuditObject[];
  readonly page: Readonly<Record<string, number>>;
}

describe('Audit/List', () => {
  let keyman: RunningKeyman;
  let admin: RestCaller;
  let maria: RestCaller;
  let certid: string;
  let cert: Readonly<Record<string, unknown>>;
  /** Everything that the tests look at happened within it; their own calls do not. */
  let range: { readonly startdate: string; readonly enddate: string };
  /** Records of maria's in that range. */
  let all: readonly AuditObject[];

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const startdate = new Date().toISOString();
    admin = await keyman.admin();
    await addUser(admin, 'maria');
    maria = await logInAsProbe();
    certid = await importFor(maria, 'ana', { name: 'firma' });
    cert = (await maria.ok('Cert/Get', { cert: { certid } }))['cert'] as typeof cert;
    await maria.ok('Sign/Hash', {
      cert: { certid, pin: PIN },
      hash: { algorithm: 'sha256', digest },
      caller: { app: 'Firmador.exe', host: 'PC001', location: 'https://example.test/a', remoteuser: 'prueba' },
    });
    await maria.call('Cert/PinCheck', { cert: { certid, pin: 'falso-1' } });
    await maria.call('Cert/Get', { cert: { certid: 'AAAAAAAAAAAA' } });
    await admin.ok('User/Get', { user: { userid: 'maria' } });
    range = { startdate, enddate: new Date().toISOString() };
    await sleep(2);
    all = (await listed(maria, {})).auditlist;
  }, 60_000);
  afterAll(() => keyman.remove(), 30_000);

  async function logInAsProbe(): Promise<RestCaller> {
    const body = { module: 'probe', modver: '6.3', authmethod: 'pass', login: 'maria', pass: PASSWORD };
    const answer = await keyman.anyone.post('/Keyman/rest/v3/Auth/Login', JSON.stringify(body), {
      // No proxy is trusted here: the address of a caller is the socket's.
      'x-forwarded-for': '203.0.113.9',
    });
    return new RestCaller(keyman.url, String(answer.body['token']));
  }
  const listed = async (caller: RestCaller, request: object): Promise<Listed> =>
    (await caller.ok('Audit/List', { ...range, ...request })) as unknown as Listed;
  const actionsOf = ({ auditlist }: Listed) =>
    auditlist.map(({ category, action }) => `${String(category)}/${String(action)}`);

  it('answers every member of the manual’s Audit object', async () => {
    const { auditlist } = await listed(maria, { audit: { category: 'Sign' } });
    expect(auditlist).toEqual([
      {
        auditid: expect.any(Number),
        date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/),
        ip: '127.0.0.1',
        host: 'PC001',
        certid,
        certsha1sum: cert['sha1sum'],
        serial: cert['serial'],
        certidorig: null,
        orgaid: 'Main',
        category: 'Sign',
        action: 'Hash',
        actiondata: 'SHA256',
        success: true,
        app: 'Firmador.exe',
        oper: 'maria',
        userid: 'maria',
        impersonator: null,
        location: 'https://example.test/a',
        module: 'probe',
        modver: '6.3',
        data: 'SHA256 firma',
        info: "Sign/Hash ok; remoteuser='prueba'",
      },
    ]);
  });

  it('has one record for each operation, failed ones too, newest first', () => {
    expect(actionsOf({ auditlist: all, page: {} })).toEqual([
      'User/Get',
      'Cert/Get',
      'Cert/PinCheck',
      'Sign/Hash',
      'Cert/Get',
      'Cert/ImportPFX',
      'Auth/Login',
      'User/Add',
    ]);
    expect(all.map(({ success }) => success)).toEqual([true, false, false, true, true, true, true, true]);
    const dates = all.map(({ date }) => date);
    expect(dates).toEqual(dates.toSorted().toReversed());
  });

  it('knows an address from the socket, whatever a caller says', () => {
    expect(new Set(all.map(({ ip }) => ip))).toEqual(new Set(['127.0.0.1']));
  });

  describe('filters', () => {
    const filters = (): readonly (readonly [string, unknown, (record: AuditObject) => boolean])[] => [
      ['userid', 'MARIA', ({ userid }) => userid === 'maria'],
      ['oper', 'admin', ({ oper }) => oper === 'admin'],
      ['category', 'cert', ({ category }) => category === 'Cert'],
      ['action', 'GET', ({ action }) => action === 'Get'],
      ['success', false, ({ success }) => success === false],
      ['success', 'true', ({ success }) => success === true],
      ['certid', certid.toLowerCase(), (record) => record['certid'] === certid],
      ['serial', cert['serial'], ({ serial }) => serial === cert['serial']],
      ['module', 'Probe', ({ module }) => module === 'probe'],
      ['module', 'pro*', ({ module }) => module === 'probe'],
      ['action', '*get', ({ action }) => action === 'Get'],
      ['action', '*i*', ({ action }) => /i/i.test(String(action))],
      ['category', '*', () => true],
    ];

    it.each(['userid', 'oper', 'category', 'action', 'success', 'certid', 'serial', 'module'])(
      'by %s give the records that match and all of them',
      async (name) => {
        const ofName = filters().filter(([each]) => each === name);
        expect(ofName.length).toBeGreaterThan(0);
        for (const [, value, matches] of ofName) {
          const wanted = all.filter(matches);
          expect(wanted.length).toBeGreaterThan(0);
          expect((await listed(maria, { audit: { [name]: value } })).auditlist).toEqual(wanted);
        }
      },
    );

    it('count together, and nothing but `*` is a wildcard', async () => {
      const both = { category: 'Cert', success: false };
      expect(actionsOf(await listed(maria, { audit: both }))).toEqual(['Cert/Get', 'Cert/PinCheck']);
      for (const text of ['%', '_____', 'Cer', 'Cert%', '\\'])
        expect((await listed(maria, { audit: { category: text } })).auditlist).toEqual([]);
    });

    it('by foruser give what a user did and what was done to him', async () => {
      expect(actionsOf(await listed(admin, { foruser: 'MARIA' }))).toEqual(actionsOf({ auditlist: all, page: {} }));
      expect(actionsOf(await listed(admin, { foruser: 'mar*', audit: { oper: 'admin' } }))).toEqual([
        'User/Get',
        'User/Add',
      ]);
      expect((await listed(maria, { foruser: 'admin' })).auditlist).toHaveLength(2);
      expect((await listed(admin, { foruser: 'nobody' })).auditlist).toEqual([]);
    });

    it('are read where the manual’s sample puts them, and what else stands there is not', async () => {
      const sample = {
        auditid: 639312,
        date: '2018-04-30T07:57:29.896350Z',
        ip: '62.58.25.108',
        host: 'PC001',
        certidorig: null,
        category: 'Sign',
        action: '',
        success: true,
        info: 'SignHash ok.',
        impersonator: null,
      };
      expect(actionsOf(await listed(maria, { auditlist: [sample] }))).toEqual(['Sign/Hash']);
      expect((await listed(maria, { auditlist: [] })).auditlist).toEqual(all);
      expect((await listed(maria, { auditlist: [{}], audit: null })).auditlist).toEqual(all);
      expect(
        actionsOf(await listed(maria, { audit: { category: 'Sign' }, auditlist: [{ category: 'Cert' }] })),
      ).toEqual(['Sign/Hash']);
    });
  });

  describe('pages', () => {
    it('hold 100 where nothing, null or 0 is said, and count from 1', async () => {
      for (const page of [undefined, null, {}, { id: 0, itemspage: 0 }, { id: 1 }, { id: '1', itemspage: '100' }]) {
        const answered = await listed(maria, { page });
        expect(answered.page).toEqual({ id: 1, itemspage: 100, numpages: 1, totalitems: all.length });
        expect(answered.auditlist).toEqual(all);
      }
    });

    it('put together are the whole list', async () => {
      const pages = [];
      for (let id = 1; id <= 3; id++) {
        const { auditlist, page } = await listed(maria, { page: { id, itemspage: 3 } });
        expect(page).toEqual({ id, itemspage: 3, numpages: 3, totalitems: all.length });
        pages.push(...auditlist);
      }
      expect(pages).toEqual(all);
    });

    it('beyond the last are empty, and still say how many there are', async () => {
      for (const id of [4, 1_000_000_000]) {
        const answered = await listed(maria, { page: { id, itemspage: 3 } });
        expect(answered).toMatchObject({
          auditlist: [],
          page: { id, itemspage: 3, numpages: 3, totalitems: all.length },
        });
      }
      expect(await listed(maria, { audit: { category: 'none' } })).toMatchObject({
        auditlist: [],
        page: { id: 1, numpages: 0, totalitems: 0 },
      });
    });

    it('hold a thousand at the most', async () => {
      expect((await listed(maria, { page: { itemspage: 1000 } })).page['itemspage']).toBe(1000);
      expect(await maria.refusal('Audit/List', { ...range, page: { itemspage: 1001 } })).toBe(
        'K0005 Invalid parameter (page.itemspage): is above 1000',
      );
    });
  });

  describe('dates', () => {
    /** The same moment, told with an offset of so many minutes. */
    const withOffset = (iso: string, minutes: number, sign: string): string => {
      const local = new Date(Date.parse(iso) + (sign === '-' ? -1 : 1) * minutes * 60_000).toISOString().slice(0, -1);
      const part = (value: number) => String(value).padStart(2, '0');
      return `${local}${sign}${part(Math.floor(minutes / 60))}:${part(minutes % 60)}`;
    };

    it('may have a zone, an offset or none, a fraction or none, or no time', async () => {
      const { startdate, enddate } = range;
      const nextDay = new Date(Date.parse(enddate) + 86_400_000).toISOString().slice(0, 10);
      for (const request of [
        { startdate: withOffset(startdate, 120, '+'), enddate: withOffset(enddate, 330, '-') },
        { startdate: startdate.slice(0, -1), enddate: enddate.replace('Z', 'z') },
        { startdate: startdate.replace(/\.\d+Z/, ''), enddate: enddate.replace('Z', '350Z') },
        { startdate: startdate.replace('T', ' '), enddate: withOffset(enddate, 60, '+').replace(/:(\d\d)$/, '$1') },
      ])
        expect((await listed(maria, request)).auditlist).toEqual(all);
      const open = await listed(maria, { startdate: startdate.slice(0, 10), enddate: nextDay });
      expect(open.page['totalitems']).toBeGreaterThan(all.length);
    });

    it('bound the list at both ends, to the millisecond', async () => {
      const newest = all[0];
      const oldest = all.at(-1);
      if (newest === undefined || oldest === undefined) throw new Error('there are no records');
      const moment = newest.date.slice(0, 23);
      expect((await listed(maria, { startdate: moment, enddate: moment })).auditlist).toContainEqual(newest);
      const before = new Date(Date.parse(oldest.date) - 1).toISOString();
      expect((await listed(maria, { startdate: before, enddate: before })).auditlist).not.toContainEqual(oldest);
      const hourLater = { startdate: withOffset(range.startdate, 60, '-').slice(0, -6), enddate: range.enddate };
      expect((await listed(maria, hourLater)).auditlist).toEqual(all);
    });
  });
});
