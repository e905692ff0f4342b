import { unreadable } from '../unreadable.ts';

/** The parameters of a predictor (ISO 32000-1 table 8), with their defaults filled in. */
export interface PredictorParameters {
  readonly predictor: number;
  readonly columns: number;
  readonly colors: number;
  readonly bitsPerComponent: number;
}

const MAX_COLUMNS = 1_000_000;
const TIFF_PREDICTOR = 2;
const FIRST_PNG_PREDICTOR = 10;

/** Undoes a predictor (ISO 32000-1 7.4.4.4). A last row that is not complete is kept as far as it goes. */
export function undoPredictor(bytes: Uint8Array, parameters: PredictorParameters): Uint8Array {
  const { predictor, columns, colors, bitsPerComponent } = parameters;
  if (predictor <= 1) return bytes;
  if (
    columns < 1 ||
    columns > MAX_COLUMNS ||
    colors < 1 ||
    colors > 32 ||
    ![1, 2, 4, 8, 16].includes(bitsPerComponent)
  ) {
    throw unreadable('the predictor of a stream has wrong parameters');
  }
  const pixelBytes = Math.max(1, (colors * bitsPerComponent) >> 3);
  const rowBytes = Math.ceil((columns * colors * bitsPerComponent) / 8);
  if (predictor >= FIRST_PNG_PREDICTOR) return undoPng(bytes, rowBytes, pixelBytes);
  if (predictor === TIFF_PREDICTOR && bitsPerComponent === 8) return undoTiff(bytes, rowBytes, pixelBytes);
  throw unreadable('the predictor of a stream is not known');
}

/** Each row begins with the number of its filter (ISO/IEC 15948 9.2). */
function undoPng(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const rows = Math.ceil(bytes.length / (rowBytes + 1));
  const out = new Uint8Array(Math.max(0, bytes.length - rows));
  for (let row = 0; row < rows; row++) {
    const from = row * (rowBytes + 1);
    const to = row * rowBytes;
    const filter = bytes[from] ?? 0;
    const length = Math.min(rowBytes, out.length - to);
    for (let index = 0; index < length; index++) {
      const raw = bytes[from + 1 + index] ?? 0;
      const left = index < pixelBytes ? 0 : (out[to + index - pixelBytes] ?? 0);
      const up = row === 0 ? 0 : (out[to + index - rowBytes] ?? 0);
      const upLeft = row === 0 || index < pixelBytes ? 0 : (out[to + index - rowBytes - pixelBytes] ?? 0);
      out[to + index] = raw + pngPrediction(filter, left, up, upLeft);
    }
  }
  return out;
}

function pngPrediction(filter: number, left: number, up: number, upLeft: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, upLeft);
    default:
      throw unreadable('the predictor of a stream is damaged');
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const distances = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)] as const;
  if (distances[0] <= distances[1] && distances[0] <= distances[2]) return left;
  return distances[1] <= distances[2] ? up : upLeft;
}

function undoTiff(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let index = 0; index < out.length; index++) {
    if (index % rowBytes >= pixelBytes) out[index] = (out[index] ?? 0) + (out[index - pixelBytes] ?? 0);
  }
  return out;
}
