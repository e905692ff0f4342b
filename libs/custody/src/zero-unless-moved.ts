import { zero } from '@cinnabar/core';

/** For buffers that a token may have moved to its thread: there they are zeroed by it, and here there is nothing left to zero. */
export function zeroUnlessMoved(buffer: Uint8Array<ArrayBuffer>): void {
  if (!buffer.buffer.detached) zero(buffer);
}
