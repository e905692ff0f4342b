import { join } from 'node:path';
import type { AuditReader, AuditTrail } from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import type { KeyCustody } from '@cinnabar/custody';
import { JsonBodyReader, XmlBodyReader } from '@cinnabar/http';
import { OPERATIONS } from '@cinnabar/keyman-api';
import { preparedQueries } from '@cinnabar/persistence';
import { createPfxReader } from '@cinnabar/pkcs12';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { KeyChanges } from './key-store/key-changes.ts';
import {
  AUDIT_READER,
  AUDIT_TRAIL,
  CLOCK,
  CONTRACT,
  KEY_CUSTODY,
  MAIL_FOLDER,
  PFX_READER,
  PREPARED_QUERIES,
  SETTINGS,
  UPLOAD_FOLDER,
} from './ports.ts';
import type { KeymanSettings } from './settings/index.ts';

/** What the composition root opens before Nest starts, and closes after it. */
export interface Platform {
  readonly settings: KeymanSettings;
  readonly dataSource: DataSource;
  readonly custody: KeyCustody;
  readonly keyChanges: KeyChanges;
  readonly auditTrail: AuditTrail;
  readonly auditReader: AuditReader;
}

/** Gives every room the platform's parts under their tokens. */
@Global()
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const { settings } = platform;
    const providers: Provider[] = [
      { provide: SETTINGS, useValue: settings },
      { provide: CONTRACT, useValue: OPERATIONS },
      { provide: CLOCK, useValue: systemClock },
      { provide: KEY_CUSTODY, useValue: platform.custody },
      { provide: KeyChanges, useValue: platform.keyChanges },
      { provide: AUDIT_TRAIL, useValue: platform.auditTrail },
      { provide: AUDIT_READER, useValue: platform.auditReader },
      { provide: PREPARED_QUERIES, useValue: preparedQueries(platform.dataSource) },
      { provide: MAIL_FOLDER, useValue: join(settings.home, 'mail') },
      { provide: UPLOAD_FOLDER, useValue: join(settings.home, 'tmp') },
      { provide: PFX_READER, useFactory: () => createPfxReader(settings.pfx) },
      {
        provide: JsonBodyReader,
        useFactory: () => new JsonBodyReader({ threads: settings.workerThreads, maxQueue: settings.workerQueue }),
      },
      {
        provide: XmlBodyReader,
        useFactory: () => new XmlBodyReader({ threads: settings.workerThreads, maxQueue: settings.workerQueue }),
      },
    ];
    return { module: PlatformModule, providers, exports: providers };
  }
}
