export { readSettings, type Declarations, type Environment, type Rule, type Values } from './read-settings.ts';
export { choice, count, list, words, yesOrNo } from './schemas.ts';
export { setting, type Setting, type SettingValue } from './setting.ts';
export { settingsTable } from './settings-page.ts';
export { SettingsProblem } from './settings-problem.ts';
