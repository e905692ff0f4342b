import { CodedError } from '@cinnabar/core';
import { Injectable, Logger } from '@nestjs/common';

/** Turns what was thrown into a coded error, and writes to the log what the caller is not told. */
@Injectable()
export class FailureLog {
  private readonly log = new Logger('Operation');

  note(error: unknown, operation: string, traceId: string): CodedError {
    const coded = CodedError.is(error) ? error : new CodedError('internal', 'internal error', { cause: error });
    const line = `${operation} ${coded.code} trace=${traceId}`;
    if (coded.fault === 'caller') this.log.debug(line);
    else this.log.error(`${line}${describeContext(coded)} ${describeCauses(coded)}`);
    return coded;
  }
}

/** What whoever threw it wrote for the log, and for nobody else. */
function describeContext({ context }: CodedError): string {
  return Object.keys(context).length === 0 ? '' : ` ${JSON.stringify(context)}`;
}

/**
 * Names and stacks of an error and its causes, without their messages: a library may quote its input,
 * and its input may be a secret. PKCS#11 and PostgreSQL errors are told by their codes.
 */
function describeCauses(error: CodedError): string {
  const lines: string[] = [];
  for (let each: unknown = error; each instanceof Error && lines.length < 5; each = each.cause) {
    const code =
      'code' in each && (typeof each.code === 'string' || typeof each.code === 'number') ? ` code=${each.code}` : '';
    const frames = (each.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    lines.push(`${each.name}${code}${frames.slice(0, 6).join('')}`);
  }
  return lines.join(' caused by ');
}
