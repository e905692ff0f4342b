export type { PadesParameters, PadesProfile } from './pades/pades-parameters.ts';
export type { PadesState } from './pades/pades-state.ts';
export {
  layOutPades,
  type PadesLayout,
  prepareHashedPades,
  preparePades,
  type PreparedPades,
} from './pades/prepare-pades.ts';
export { assemblePades, finishPades, type PadesOutput } from './pades/finish-pades.ts';
