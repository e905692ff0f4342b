import type { KeyCustody } from '@cinnabar/custody';
import type { PreparedQueries } from '@cinnabar/persistence';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { KEY_CUSTODY, PREPARED_QUERIES } from '../../ports.ts';

type State = 'ok' | 'failed';

const DATABASE_LIMIT_MS = 2000;

/** Tells whoever runs the server whether it lives, and whether it can do its work. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(PREPARED_QUERIES) private readonly queries: PreparedQueries,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** 200 when both answer, 503 otherwise; says which, and nothing more. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const database = await this.database();
    const hsm: State = this.custody.health().hsm === 'ready' ? 'ok' : 'failed';
    const status: State = database === 'ok' && hsm === 'ok' ? 'ok' : 'failed';
    await reply.status(status === 'ok' ? 200 : 503).send({ status, database, hsm });
  }

  private async database(): Promise<State> {
    const late = new Promise<State>((resolve) => setTimeout(resolve, DATABASE_LIMIT_MS, 'failed').unref());
    const asked = this.queries.query({ name: 'health', text: 'SELECT 1', values: [] }).then(
      (): State => 'ok',
      (): State => 'failed',
    );
    return Promise.race([asked, late]);
  }
}
