import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { DocsController } from './docs/docs.controller.ts';
import { HealthController } from './health/health.controller.ts';
import { AddressRate } from './rate/address-rate.ts';
import { DocumentUpload } from './rest/document-upload.ts';
import { FailureFilter } from './rest/failure.filter.ts';
import { LargeBodyGuard } from './rest/large-body-guard.ts';
import { RestController } from './rest/rest.controller.ts';
import { ContractShapes } from './contract/contract-shapes.ts';
import { OpenMessages } from './soap/open-messages.ts';
import { SoapController } from './soap/soap.controller.ts';
import { UploadSpace } from './rest/upload-space.ts';

/** How the world gets in; no business logic. */
@Module({
  imports: [PipelineModule],
  controllers: [RestController, SoapController, DocsController, HealthController],
  providers: [
    AddressRate,
    ContractShapes,
    DocumentUpload,
    LargeBodyGuard,
    OpenMessages,
    UploadSpace,
    { provide: APP_FILTER, useClass: FailureFilter },
  ],
  exports: [AddressRate, LargeBodyGuard],
})
export class FrontsModule {}
