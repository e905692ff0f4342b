export type { PadesParameters, PadesProfile } from './pades/pades-parameters.ts';
export type { PadesState } from './pades/pades-state.ts';
export { preparePades, type PreparedPades } from './pades/prepare-pades.ts';
export { finishPades, type PadesOutput } from './pades/finish-pades.ts';
