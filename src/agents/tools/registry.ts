import type { TaskContext } from '../../tasks/context.ts';
import { createManageTasks } from './manage-tasks/tool.ts';
import { MANAGE_TASKS } from './manage-tasks/wire.ts';
import type { Tool } from './tool.ts';

/** What a tool may use. */
export interface ToolServices {
  readonly tasks: TaskContext;
}

/** Every tool, by its name. To add one: a file that makes it, and a line here. */
const TOOLS: Readonly<Record<string, (services: ToolServices) => Tool>> = {
  [MANAGE_TASKS]: ({ tasks }) => createManageTasks(tasks),
};

/** The names that an agent's definition may list. */
export const TOOL_NAMES: readonly string[] = Object.keys(TOOLS);

/** All tools, for the loop. */
export function createTools(services: ToolServices): readonly Tool[] {
  return Object.values(TOOLS).map((create) => create(services));
}
