import { Crypto } from '@peculiar/webcrypto';
import { CryptoEngine } from 'pkijs';

/**
 * The Web Cryptography implementation that pkijs works with. It is handed to each call of pkijs: the engine that pkijs
 * keeps for the whole process is never set here and never relied upon.
 */
export const cmsCryptoEngine = new CryptoEngine({ name: 'cinnabar-cms', crypto: new Crypto() });
