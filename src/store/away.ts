export { isDatabaseAway, mayComeRight } from '../core/database-away.ts';
