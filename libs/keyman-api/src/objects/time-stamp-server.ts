import { z } from 'zod';
import { digestAlgorithm, flag, secret, text } from '../members.ts';
import { onWire } from '../shape/wire-form.ts';

/** TimestampServerInfo (manual, 11.8, and the members that real clients add). The URL may hold a user and a password. */
const timeStampServer = onWire(
  { object: 'TimestampServerInfo' },
  z.object({
    url: secret(2048),
    httpauth: text(32).optional(),
    username: text(256).optional(),
    password: secret(256).optional(),
    usenonce: flag().optional(),
    includecertificates: flag().optional(),
    hashalgorithm: digestAlgorithm().optional(),
    policy: text(128).optional(),
  }),
);

/** One server or several, tried in order: JSON takes both under both names, `tstampserver` and `tstampservers`. */
const oneOrMany = (soap: 'one' | 'many') =>
  onWire(
    { oneOrMany: soap, of: timeStampServer },
    z.union([timeStampServer, z.array(timeStampServer).max(8, 'names more than 8 servers')]),
  );

export const tstampserver = oneOrMany('one');
export const tstampservers = oneOrMany('many');
