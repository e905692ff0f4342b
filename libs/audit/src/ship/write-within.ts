import type { Socket } from 'node:net';

const LIMIT_MS = 5_000;

/**
 * Writes to a syslog server; resolved when the operating system has taken the bytes.
 * @throws Error with the system's code, or ETIMEDOUT; the socket is destroyed then
 */
export async function writeWithin(socket: Socket, bytes: Uint8Array): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  const fail = (error: Error): void => {
    socket.destroy();
    done.reject(error);
  };
  const late = setTimeout(() => fail(Object.assign(new Error('syslog is silent'), { code: 'ETIMEDOUT' })), LIMIT_MS);
  socket.once('error', fail);
  socket.write(bytes, (error) => (error ? fail(error) : done.resolve(undefined)));
  try {
    await done.promise;
  } finally {
    clearTimeout(late);
    socket.off('error', fail);
  }
}
