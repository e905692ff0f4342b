import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from './audit/audit.module.ts';
import { AuthModule } from './auth/auth.module.ts';
import { CertModule } from './cert/cert.module.ts';
import { FrontsModule } from './fronts/fronts.module.ts';
import { OtpModule } from './otp/otp.module.ts';
import { PlatformModule, type Platform } from './platform.module.ts';
import { SignModule } from './sign/sign.module.ts';
import { SignatureModule } from './signature/signature.module.ts';
import { UserModule } from './user/user.module.ts';

/** keyman: the rooms and the fronts on a platform that is open already. */
@Module({})
export class KeymanModule {
  static on(platform: Platform): DynamicModule {
    const database = TypeOrmModule.forRootAsync({
      useFactory: () => platform.dataSource.options,
      // One DataSource: the same that the audit and the custody work on.
      dataSourceFactory: () => Promise.resolve(platform.dataSource),
    });
    return {
      module: KeymanModule,
      imports: [
        database,
        PlatformModule.of(platform),
        AuditModule,
        AuthModule,
        CertModule,
        OtpModule,
        SignModule,
        SignatureModule,
        UserModule,
        FrontsModule,
      ],
    };
  }
}
