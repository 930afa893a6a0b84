import { workUnitConformance } from '../../../conformance/work-unit.ts';
import { taskRunBackend } from '../../../fixtures/work-backend.ts';

workUnitConformance(taskRunBackend);
