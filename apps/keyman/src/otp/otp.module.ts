import { Module } from '@nestjs/common';
import { CertModule } from '../cert/cert.module.ts';
import { MailModule } from '../mail/mail.module.ts';
import { OrgaModule } from '../orga/orga.module.ts';
import { CodeAuthority } from './code-authority.ts';
import { CodeConfirmation } from './code-confirmation.ts';
import { CodeQuota } from './code-quota.ts';
import { CodeStandingRepository } from './code-standing.repository.ts';
import { CodeSweeper } from './code-sweeper.ts';
import { OtpRequest } from './request.operation.ts';

@Module({
  imports: [CertModule, MailModule, OrgaModule],
  providers: [CodeAuthority, CodeConfirmation, CodeQuota, CodeStandingRepository, CodeSweeper, OtpRequest],
  exports: [CodeAuthority],
})
export class OtpModule {}
