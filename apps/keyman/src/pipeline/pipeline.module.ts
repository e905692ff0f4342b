import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessControl } from './access-control.ts';
import { AuditRecorder } from './audit-recorder.ts';
import { FailureLog } from './failure-log.ts';
import { OperationPipeline } from './operation-pipeline.ts';
import { OperationRegistry } from './operation-registry.ts';
import { RateLog } from './rate-log.ts';
import { SessionReader } from './session-reader.ts';
import { UserRate } from './user-rate.ts';

@Module({
  imports: [DiscoveryModule],
  providers: [
    AccessControl,
    AuditRecorder,
    FailureLog,
    OperationPipeline,
    OperationRegistry,
    RateLog,
    SessionReader,
    UserRate,
  ],
  exports: [OperationPipeline, OperationRegistry, RateLog, SessionReader],
})
export class PipelineModule {}
