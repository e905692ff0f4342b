import { z } from 'zod';
import { bytes, decimal, flag, integer, secret, text } from '../members.ts';
import { onWire } from '../shape/wire-form.ts';

const FONT_SIZE = [0, 200] as const;
/** Largest page side that PDF allows, in points (ISO 32000-1, annex C). */
const POINTS = 14_400;

const widgetProps = onWire(
  { object: 'WidgetProps' },
  z.object({
    autopos: flag().optional(),
    offsetx: decimal(-POINTS, POINTS).optional(),
    offsety: decimal(-POINTS, POINTS).optional(),
    autosize: flag().optional(),
    width: decimal(0, POINTS).optional(),
    height: decimal(0, POINTS).optional(),
    rotate: integer(-360, 360).optional(),
    showonpages: text(1024).optional(),
    widgetpageoffset: integer(-100_000, 100_000).optional(),
    hidetext: flag().optional(),
    sizeheader: decimal(...FONT_SIZE).optional(),
    sizedatetime: decimal(...FONT_SIZE).optional(),
    sizetitlesection: decimal(...FONT_SIZE).optional(),
    sizetextsection: decimal(...FONT_SIZE).optional(),
  }),
);

const colourChannel = () => integer(0, 255).optional();

const signBackgroundConfig = onWire(
  { object: 'SignBackgroundConfig' },
  z.object({
    signback: bytes().optional(),
    signbackautostretch: flag().optional(),
    transparencymask: onWire(
      { object: 'TransparencyMask' },
      z.object({ red: colourChannel(), green: colourChannel(), blue: colourChannel(), tolerance: colourChannel() }),
    ).optional(),
  }),
);

/** PDFSignParams (manual, 11.6, and `signfieldname` of real clients). */
export const pdfSignParams = onWire(
  { object: 'PDFSignParams' },
  z.object({
    pwd: secret(256).optional(),
    signvisible: flag().optional(),
    signfieldname: text(256).optional(),
    widgetprops: widgetProps.optional(),
    signbackgroundconfig: signBackgroundConfig.optional(),
  }),
);
