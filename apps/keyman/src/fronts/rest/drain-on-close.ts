import type { FastifyInstance } from 'fastify';

/** How often connections are looked at while the server closes. */
const SWEEP_MS = 50;

/**
 * Lets clients go while the server closes: every answer from then on says `Connection: close` (RFC 9110 section 7.6.1),
 * and connections that fall idle are ended. Otherwise one client that keeps its connection would hold up the end for as
 * long as connections may be kept, and the database would be left running behind it.
 */
export function drainOnClose(fastify: FastifyInstance): void {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    // Those who were told to keep their connection just before are idle only once they have their answer.
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS);
    fastify.server.once('close', () => clearInterval(sweep));
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
