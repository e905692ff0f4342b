import { workerData } from 'node:worker_threads';
import { CallBoard, type SharedBoard } from './call-board.ts';

// A thread of a board whose answer is its request backwards.
const board = new CallBoard(workerData as SharedBoard);
for (;;) {
  const place = board.take();
  board.finish(place, board.requestAt(place).reverse(), false);
}
