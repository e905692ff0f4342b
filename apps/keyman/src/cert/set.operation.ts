import { CodedError, type Clock } from '@cinnabar/core';
import { certSet, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { KeyChanges } from '../key-store/key-changes.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateEntity } from './certificate.entity.ts';
import { CertificateRepository, noSuchCertificate } from './certificate.repository.ts';

type Wanted = RequestOf<typeof certSet>['cert'];
type Change = Partial<
  Pick<CertificateEntity, 'name' | 'descr' | 'custom1' | 'custom2' | 'custom3' | 'disabled' | 'disabledBy' | 'version'>
>;

/**
 * Describes a certificate anew, disables or enables it, by its owner or an admin of its organisation. Once a disabling is
 * answered no node releases a signature, also none that was made before. An owner enables only what he disabled himself.
 */
@Injectable()
@Handles(certSet)
export class CertSet implements Operation<typeof certSet> {
  constructor(
    private readonly certificates: CertificateRepository,
    private readonly changes: KeyChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cert: wanted }: RequestOf<typeof certSet>, context: OperationContext) {
    const { caller, note } = context;
    noteCertid(note, wanted.certid);
    const { certificate, byAdmin } = await this.certificates.governedBy(caller, wanted.certid);
    noteCertificate(note, certificate);
    const { certid } = certificate;
    const changed = await context.change(async (manager) => {
      const current = await lockedRow(manager, certid);
      const switched = switching(current, wanted.disabled, { userid: caller.userid, byAdmin });
      const change: Change = { ...describing(wanted), ...switched };
      note.data = Object.keys(change)
        .filter((name) => name !== 'version' && name !== 'disabledBy')
        .join(' ');
      if (wanted.disabled !== undefined) note.actiondata = wanted.disabled ? 'disable' : 'enable';
      if (Object.keys(change).length === 0) return current;
      await manager.update(CertificateEntity, { certid }, change);
      // Of a new name too: nodes may keep what they have read of a certificate.
      await this.changes.announce(manager, certid);
      return Object.assign(current, change);
    });
    await this.changes.evictHere(certid);
    return { cert: toCertObject(changed, this.clock.now()) };
  }
}

/** Of two changes at once the second one sees what the first one did. */
async function lockedRow(manager: EntityManager, certid: string): Promise<CertificateEntity> {
  const current = await manager.findOne(CertificateEntity, { where: { certid }, lock: { mode: 'pessimistic_write' } });
  if (current === null) throw noSuchCertificate();
  return current;
}

/** What is absent stays; an empty text clears (contract, "REST"). */
function describing({ name, descr, custom1, custom2, custom3 }: Wanted): Change {
  const texts = Object.entries({ descr, custom1, custom2, custom3 })
    .filter(([, text]) => text !== undefined)
    .map(([column, text]) => [column, text === '' ? null : text] as const);
  return { ...(name === undefined ? {} : { name }), ...Object.fromEntries(texts) };
}

/** @throws CodedError `not-authorised` for an owner who would undo what somebody else did */
function switching(
  { disabled, disabledBy, version }: CertificateEntity,
  wanted: boolean | undefined,
  by: { readonly userid: string; readonly byAdmin: boolean },
): Change {
  if (wanted === undefined || (!wanted && !disabled)) return {};
  if (wanted && !disabled) return { disabled: true, disabledBy: by.userid, version: version + 1 };
  // Disabled already: an admin's word takes the place of the owner's, which lets the owner no longer undo it.
  if (wanted) return by.byAdmin ? { disabledBy: by.userid } : {};
  if (!by.byAdmin && disabledBy !== by.userid)
    throw new CodedError('not-authorised', 'somebody else disabled this certificate; only an admin enables it again');
  return { disabled: false, disabledBy: null, version: version + 1 };
}
