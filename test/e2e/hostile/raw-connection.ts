import { connect } from 'node:net';

/** What the server says to bytes that need not be HTTP; it is done when it closes, or says no more for a while. */
export function exchange(url: string, bytes: string | Uint8Array, silenceMs = 800): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // One whole answer is enough.
      if (/\r\n\r\n\{.*\}$/s.test(text) || /\r\n0\r\n\r\n$/.test(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
