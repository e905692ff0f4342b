import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { AccountLookup } from './account-lookup.ts';
import { LogInStrategies } from './log-in-strategies.ts';
import { LoginAttempts } from './login-attempts.ts';
import { AuthLogin } from './login.operation.ts';
import { AuthLogout } from './logout.operation.ts';
import { PasswordAuthentication } from './password-authentication.ts';
import { PasswordHasher } from './password-hasher.ts';
import { PasswordPolicy } from './password-policy.ts';
import { SessionRepository } from './session.repository.ts';
import { SessionSweeper } from './session-sweeper.ts';

@Module({
  imports: [PipelineModule],
  providers: [
    AccountLookup,
    AuthLogin,
    AuthLogout,
    LogInStrategies,
    LoginAttempts,
    PasswordAuthentication,
    PasswordHasher,
    PasswordPolicy,
    SessionRepository,
    SessionSweeper,
  ],
  exports: [PasswordHasher, PasswordPolicy, SessionRepository],
})
export class AuthModule {}
