export { readKeymanSettings, type KeymanSettings } from './keyman-settings.ts';
