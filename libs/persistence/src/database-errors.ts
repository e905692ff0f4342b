import pg from 'pg';
import { isSystemError } from './private-file.ts';

/** The five-character SQLSTATE (PostgreSQL documentation, appendix A) of what the server said, or undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  // TypeORM wraps the driver's error.
  if (isWrapped(error)) return sqlStateOf(error.driverError);
  return undefined;
}

/** Was a unique constraint (this one, where it is named) in the way? */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (isWrapped(error)) return isUniqueViolation(error.driverError, constraint);
  return (
    error instanceof pg.DatabaseError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** May the same transaction, begun anew, succeed? Serialization failure (40001) and deadlock (40P01). */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01';
}

/**
 * Is the connection gone: ended by the server (class 57: shutdown, crash), reset, or closed under a query? What was under
 * way may or may not have happened.
 */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('57P') || state.startsWith('08');
  if (isSystemError(error, 'ECONNRESET', 'EPIPE')) return true;
  // node-postgres says this in words only.
  return error instanceof Error && /^(Connection terminated|Client (was closed|has encountered))/.test(error.message);
}

function isWrapped(error: unknown): error is { driverError: unknown } {
  return typeof error === 'object' && error !== null && 'driverError' in error;
}
