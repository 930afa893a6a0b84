export { isDatabaseAway, isTemporary } from '../core/database-away.ts';
