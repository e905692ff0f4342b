import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.ts';
import { MailModule } from '../mail/mail.module.ts';
import { OrgaModule } from '../orga/orga.module.ts';
import { UserAdd } from './user-add.operation.ts';
import { UserGet } from './user-get.operation.ts';
import { UserNotice } from './user-notice.ts';
import { UserSet } from './user-set.operation.ts';
import { UserRepository } from './user.repository.ts';

@Module({
  imports: [AuthModule, MailModule, OrgaModule],
  providers: [UserAdd, UserGet, UserNotice, UserRepository, UserSet],
  exports: [UserRepository],
})
export class UserModule {}
