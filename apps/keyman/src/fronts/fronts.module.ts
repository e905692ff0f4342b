import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { HealthController } from './health/health.controller.ts';
import { DocumentUpload } from './rest/document-upload.ts';
import { FailureFilter } from './rest/failure.filter.ts';
import { LargeBodyGuard } from './rest/large-body-guard.ts';
import { RestController } from './rest/rest.controller.ts';

/** How the world gets in; no business logic. */
@Module({
  imports: [PipelineModule],
  controllers: [RestController, HealthController],
  providers: [DocumentUpload, LargeBodyGuard, { provide: APP_FILTER, useClass: FailureFilter }],
  exports: [LargeBodyGuard],
})
export class FrontsModule {}
