import { currentTrace } from '@cinnabar/http';
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

type Level = 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * Nest's log lines through pino: JSON, one a line, on standard output. What is written while a request is served carries its
 * id (`trace`) and the caller's own (`request`). Nothing of a request's body or headers is ever given to it.
 */
export class KeymanLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: Level) {
    this.pino = pino({
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    });
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  /** Nest gives the context last, and a stack before it. Errors are told by name: their texts may quote a request. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const room = typeof context === 'string' ? context : undefined;
    if (room !== undefined && NEST_CHATTER.has(room) && level === 'info') return;
    const trace = currentTrace();
    // The caller's own id has been looked at, and is one plain word.
    this.pino[level](
      { room, trace: trace?.traceId, request: trace?.callerId },
      message instanceof Error ? message.name : String(message),
    );
  }
}

/** Nest's own start-up lines, one a route and module. */
const NEST_CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'NestApplication']);
