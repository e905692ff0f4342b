import type { AuditReader, AuditRecord } from '@cinnabar/audit';
import { CodedError } from '@cinnabar/core';
import { auditList, auditObject, type AuditObject, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { AUDIT_READER } from '../ports.ts';

/** Lists audit records, newest first: one's own; admins and auditors those of their organisations too. */
@Injectable()
@Handles(auditList)
export class AuditList implements Operation<typeof auditList> {
  constructor(
    private readonly scope: OrganisationScope,
    @Inject(AUDIT_READER) private readonly reader: AuditReader,
  ) {}

  async execute(request: RequestOf<typeof auditList>, context: OperationContext) {
    const { startdate, enddate, foruser, audit: filter, page } = request;
    if (enddate < startdate) throw new CodedError('invalid-parameter', 'enddate: is before startdate');
    if (foruser !== undefined) context.note.data = `foruser=${foruser}`;
    const { caller } = context;
    const found = await this.reader.list({
      visibility: { ownOf: caller.userid, organisations: await this.scope.auditedBy(caller) },
      startAt: startdate,
      endAt: enddate,
      foruser,
      filter,
      page,
    });
    return { auditlist: found.records.map(toAuditObject), page: found.page };
  }
}

/** The manual's members alone; the error code and the trace id stand in `info` and in the log. */
function toAuditObject(record: AuditRecord): AuditObject {
  return auditObject.parse(record);
}
