import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { answerFailure } from './fastify-setup.ts';

/** Nest's last resort: unknown paths and what no operation caught. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(@Inject(SETTINGS) private readonly settings: KeymanSettings) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerFailure(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.settings);
  }
}
