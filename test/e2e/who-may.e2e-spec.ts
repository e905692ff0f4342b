import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestPki, type TestCertificateDescription } from '@cinnabar/testing';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { addUser, PASSWORD, PFX_PASSWORD, PIN } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const leaf = (name: string): TestCertificateDescription => ({
  subject: `C=ES, CN=${name} Prueba`,
  issuer: 'root',
  key: 'p256',
});
/** One certificate for each who may import: nobody has one twice. */
const pki = createTestPki({
  root: { subject: 'C=ES, CN=Test Root', key: 'p256' },
  first: leaf('Primera'),
  byOwner: leaf('Propia'),
  byAdmin: leaf('De la jefa'),
  bySuperadmin: leaf('De arriba'),
  byStranger: leaf('De nadie'),
});
type CertificateName = Parameters<typeof pki.identity>[0];

const digest = createHash('sha256').update('a letter').digest('base64');
const doc = samplePdf('A letter').toString('base64');
const EVER = { startdate: '2000-01-01', enddate: '2999-12-31' };

/*
 * Main ─ Filial ─ Nieta      Ajena
 * The certificate is olga's, of Filial.
 */
const ROLES = {
  anyone: undefined,
  owner: 'olga',
  neighbour: 'vecino',
  auditor: 'auditora',
  admin: 'jefa',
  superadminAbove: 'admin',
  adminAbove: 'jefe-main',
  adminBelow: 'jefa-nieta',
  superadminElsewhere: 'super-ajeno',
} as const;
type Role = keyof typeof ROLES;

describe('who may', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let certid: string;
  const callers = new Map<Role, RestCaller>();
  const as = (role: Role): RestCaller => {
    const caller = callers.get(role);
    if (caller === undefined) throw new Error(`${role} has not logged in`);
    return caller;
  };

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    await database.addOrganisation('Filial', 'Main');
    await database.addOrganisation('Nieta', 'Filial');
    await database.addOrganisation('Ajena', null);
    admin = await keyman.admin();
    await addUser(admin, 'olga', { orgaid: 'Filial', ident: 'OLGA-1' });
    await addUser(admin, 'vecino', { orgaid: 'Filial' });
    await addUser(admin, 'auditora', { orgaid: 'Filial' });
    await addUser(admin, 'jefa', { orgaid: 'Filial', admin: true });
    await addUser(admin, 'jefe-main', { admin: true });
    await addUser(admin, 'jefa-nieta', { orgaid: 'Nieta', admin: true });
    await addUser(admin, 'super-ajeno', { orgaid: 'Filial', admin: true, superadmin: true });
    await database.query("UPDATE keyman_user SET auditor = true WHERE userid = 'auditora'");
    await database.query("UPDATE keyman_user SET orgaid = 'Ajena' WHERE userid = 'super-ajeno'");
    callers.set('anyone', keyman.anyone);
    for (const [role, userid] of Object.entries(ROLES))
      if (userid !== undefined)
        callers.set(role as Role, userid === 'admin' ? admin : await keyman.logIn(userid, PASSWORD));
    const { cert } = await as('owner').ok('Cert/ImportPFX', importing('first'));
    certid = (cert as { certid: string }).certid;
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  const importing = (name: CertificateName, userid?: string) => ({
    cert: { name, newpin: PIN, ...(userid === undefined ? {} : { userid }) },
    pfxdata: Buffer.from(pki.pfx(name, PFX_PASSWORD)).toString('base64'),
    pfxpass: PFX_PASSWORD,
  });
  const importNameOf: Partial<Record<Role, CertificateName>> = {
    owner: 'byOwner',
    admin: 'byAdmin',
    superadminAbove: 'bySuperadmin',
  };
  const REQUESTS: Readonly<Record<string, (role: Role) => object>> = {
    'User/Get': () => ({ user: { userid: 'olga' } }),
    'Cert/Get': () => ({ cert: { certid } }),
    'Cert/PinCheck': () => ({ cert: { certid, pin: PIN } }),
    'Sign/Hash': () => ({ cert: { certid, pin: PIN }, hash: { algorithm: 'SHA256', digest } }),
    'Signature/Pades': () => ({ cert: { certid, pin: PIN }, doc, profile: 'enhanced' }),
    'Cert/ImportPFX': (role) => importing(importNameOf[role] ?? 'byStranger', 'olga'),
    'Cert/PinSet': () => ({ cert: { certid, pin: PIN, newpin: PIN } }),
    'Cert/PinUnlock': () => ({ cert: { certid } }),
    'User/Add': (role) => ({
      user: { userid: `new-by-${role}`, email: 'new@example.test', pass: PASSWORD, orgaid: 'filial' },
      disablenotify: true,
    }),
    'User/Set': () => ({ user: { userid: 'olga', name: 'Olga' } }),
    'Otp/Request': (role) => ({ cert: { certid, ...(role === 'owner' ? { pin: PIN } : {}) } }),
  };

  const stranger = ['K0006', 'K0006', 'K0006', 'K0006', 'K0006', 'K0006', 'K0006'];
  const administrator = [
    'K0000',
    'K0000',
    'K0003',
    'K0003',
    'K0003',
    'K0000',
    'K0003',
    'K0000',
    'K0000',
    'K0000',
    'K0003',
  ];
  /** In the order of REQUESTS. */
  const RIGHTS: Readonly<Record<Role, readonly string[]>> = {
    anyone: Object.keys(REQUESTS).map(() => 'K0002'),
    owner: ['K0000', 'K0000', 'K0000', 'K0000', 'K0000', 'K0000', 'K0000', 'K0003', 'K0003', 'K0000', 'K0000'],
    neighbour: [...stranger, 'K0003', 'K0003', 'K0006', 'K0006'],
    auditor: [...stranger, 'K0003', 'K0003', 'K0006', 'K0006'],
    admin: administrator,
    superadminAbove: administrator,
    adminAbove: [...stranger, 'K0006', 'K0006', 'K0006', 'K0006'],
    adminBelow: [...stranger, 'K0006', 'K0006', 'K0006', 'K0006'],
    superadminElsewhere: [...stranger, 'K0006', 'K0006', 'K0006', 'K0006'],
  };
  const cases = Object.entries(RIGHTS).flatMap(([role, codes]) =>
    Object.keys(REQUESTS).map((operation, index) => [role as Role, operation, codes[index] ?? ''] as const),
  );

  it.each(cases)('%s: %s of olga’s answers %s', async (role, operation, code) => {
    const answer = await as(role).call(operation, REQUESTS[operation]?.(role));
    expect(answer.code).toBe(code);
  });

  it.each([
    ['owner', true],
    ['neighbour', false],
    ['auditor', false],
    ['admin', true],
    ['superadminAbove', true],
    ['adminAbove', false],
    ['adminBelow', false],
    ['superadminElsewhere', false],
  ] as const)('%s: finds olga’s certificates in a list: %s', async (role, finds) => {
    for (const cert of [{ userid: 'olga' }, { orgaid: 'Filial' }]) {
      const { certlist } = await as(role).ok('Cert/ListAvailable', { cert });
      expect((certlist as { userid: string }[]).some(({ userid }) => userid === 'olga')).toBe(finds);
    }
  });

  it('a user administers nobody, and gets what is his own without a filter', async () => {
    expect(await as('auditor').ok('Cert/ListAvailable')).toMatchObject({ certlist: [] });
    expect(await as('neighbour').ok('User/Get')).toMatchObject({ user: { userid: 'vecino' } });
    expect((await as('neighbour').call('User/Get', { user: { userid: '*' } })).code).toBe('K0000');
  });

  describe('the audit', () => {
    const seenBy = async (role: Role, audit: object, foruser?: string): Promise<{ oper: string; userid: string }[]> => {
      const { auditlist } = await as(role).ok('Audit/List', { ...EVER, audit, foruser });
      return auditlist as { oper: string; userid: string }[];
    };

    it.each([
      ['owner', true],
      ['neighbour', false],
      ['auditor', true],
      ['admin', true],
      ['superadminAbove', true],
      ['adminAbove', false],
      ['adminBelow', false],
      ['superadminElsewhere', false],
    ] as const)('%s: reads what olga did: %s', async (role, reads) => {
      const imports = await seenBy(role, { oper: 'olga', category: 'Cert', action: 'ImportPFX', success: true });
      expect(imports.length > 0).toBe(reads);
    });

    it.each(['neighbour', 'adminAbove', 'adminBelow', 'superadminElsewhere'] as const)(
      '%s: finds nothing of olga’s that is not his own too, however he asks',
      async (role) => {
        const self = ROLES[role];
        for (const foruser of ['olga', '*', '%'])
          for (const record of await seenBy(role, {}, foruser)) {
            const ofHisOwn = record.oper === self || record.userid === self;
            expect(ofHisOwn || record.oper !== 'olga').toBe(true);
          }
      },
    );

    it('shows an organisation’s admins and auditors failed log-ins of its users, and nobody else', async () => {
      for (const login of ['olga', 'OLGA-1'])
        await keyman.anyone.call('Auth/Login', { module: 'm', authmethod: 'pass', login, pass: 'wrong' });
      const failed = { userid: 'olga', category: 'Auth', action: 'Login', success: false };
      for (const role of ['admin', 'auditor', 'superadminAbove', 'owner'] as const)
        expect(await seenBy(role, failed)).toHaveLength(2);
      for (const role of ['neighbour', 'adminAbove', 'superadminElsewhere'] as const)
        expect(await seenBy(role, failed)).toHaveLength(0);
    });

    it('asks for a session', async () => {
      expect(await keyman.anyone.refusal('Audit/List', EVER)).toMatch(/^K0002 /);
    });
  });

  describe('User/Add', () => {
    let count = 0;
    const adding = (members: object) => ({
      user: { userid: `u${++count}`, email: 'u@example.test', pass: PASSWORD, ...members },
      disablenotify: true,
    });

    it.each([
      ['admin', { admin: true }, 'K0003'],
      ['admin', { superadmin: true }, 'K0003'],
      ['admin', { orgaid: 'Main' }, 'K0006'],
      ['admin', { orgaid: 'Nieta' }, 'K0006'],
      ['admin', { orgaid: 'FILIAL' }, 'K0000'],
      ['superadminAbove', { admin: true }, 'K0000'],
      ['superadminAbove', { orgaid: 'Nieta', admin: true }, 'K0000'],
      ['superadminAbove', { superadmin: true }, 'K0003'],
      ['superadminAbove', { orgaid: 'main', superadmin: true }, 'K0003'],
      ['superadminAbove', { orgaid: 'Filial', superadmin: true }, 'K0000'],
      ['superadminAbove', { orgaid: 'Ajena' }, 'K0006'],
      ['superadminAbove', { orgaid: 'Ninguna' }, 'K0006'],
      ['superadminElsewhere', { orgaid: 'Main', superadmin: true }, 'K0006'],
    ] as const)('%s with %j: %s', async (role, members, code) => {
      expect((await as(role).call('User/Add', adding(members))).code).toBe(code);
    });

    it('gives nobody privileges that were not asked for', async () => {
      const { user } = await as('admin').ok('User/Add', adding({ auditor: true, valid: false, authprovider: 'x' }));
      expect(user).toMatchObject({
        admin: false,
        superadmin: false,
        valid: true,
        authprovider: 'db',
        orgaid: 'Filial',
      });
    });

    it('refuses a userid or an ident that somebody has, in any case and any organisation', async () => {
      await admin.ok('User/Add', adding({ userid: 'Único', ident: 'Doc-7ñ' }));
      for (const members of [{ userid: 'Único' }, { userid: 'úNICO' }, { ident: 'DOC-7Ñ' }])
        expect(await as('superadminElsewhere').refusal('User/Add', adding(members))).toMatch(/^K0007 /);
    });
  });

  describe('a session', () => {
    const sessionOf = async (userid: string) => {
      await addUser(admin, userid);
      const session = await keyman.logIn(userid, PASSWORD);
      expect((await session.call('User/Get')).code).toBe('K0000');
      return session;
    };

    it('ends with log-out, and no other with it', async () => {
      const session = await sessionOf('saliente');
      const other = await keyman.logIn('saliente', PASSWORD);
      await session.ok('Auth/Logout');
      expect(await session.refusal('User/Get')).toMatch(/^K0002 /);
      expect((await other.call('User/Get')).code).toBe('K0000');
    });

    it('is refused at once when its user is disabled', async () => {
      const session = await sessionOf('apagado');
      await database.query("UPDATE keyman_user SET disabled = true WHERE userid = 'apagado'");
      expect(await session.refusal('User/Get')).toMatch(/^K0002 /);
    });

    it.each([
      ['was idle for half an hour', "last_used_at = now() - interval '30 minutes 1 second'", 'K0002'],
      ['was used less than half an hour ago', "last_used_at = now() - interval '29 minutes'", 'K0000'],
      ['is twelve hours old, although in use', "expires_at = expires_at - interval '12 hours'", 'K0002'],
      ['is not twelve hours old', "expires_at = expires_at - interval '11 hours 59 minutes'", 'K0000'],
    ])('that %s: %s', async (_name, ageing, code) => {
      const userid = `durmiente${++sleepers}`;
      const session = await sessionOf(userid);
      await database.query(`UPDATE login_session SET ${ageing} WHERE userid = $1`, [userid]);
      expect((await session.call('User/Get')).code).toBe(code);
    });
    let sleepers = 0;

    it('stays in use by being used', async () => {
      const session = await sessionOf('activa');
      for (let times = 0; times < 2; times++) {
        await database.query(
          "UPDATE login_session SET last_used_at = last_used_at - interval '20 minutes' WHERE userid = 'activa'",
        );
        expect((await session.call('User/Get')).code).toBe('K0000');
      }
    });

    it('is stored as a hash that opens nothing', async () => {
      const session = await sessionOf('guardada');
      const [row] = await database.query("SELECT token_hash FROM login_session WHERE userid = 'guardada'");
      const stored = row?.['token_hash'] as Buffer;
      expect(stored.equals(createHash('sha256').update(String(session.token)).digest())).toBe(true);
    });
  });

  it('a disabled certificate signs for nobody', async () => {
    await database.query('UPDATE certificate SET disabled = true, version = version + 1 WHERE certid = $1', [certid]);
    for (const operation of ['Sign/Hash', 'Signature/Pades'])
      expect(await as('owner').refusal(operation, REQUESTS[operation]?.('owner'))).toBe(
        'K0011 The certificate is disabled',
      );
    expect(await as('owner').ok('Cert/Get', { cert: { certid } })).toMatchObject({ cert: { disabled: true } });
  });
});
