import { randomUUID } from 'node:crypto';
import { cleanText } from '../../core/clean-text.ts';
import type { Log } from '../../core/log.ts';
import type { Step } from '../../domain/messages.ts';
import type { OpenTask } from '../../store/tasks/open.ts';
import { ModelError } from '../model/model-error.ts';
import type { Model, ModelReply, ModelTool, ToolCall } from '../model/port.ts';
import type { Conversation, OpenCall } from '../record/conversation.ts';
import type { RunRecord } from '../record/step-log.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';
import type { RunContext, RunOutcome } from '../work/handler.ts';
import type { Past } from '../work/task-run/past.ts';
import { systemMessage, taskMessage } from '../work/task-run/prompt.ts';
import { answerResult, callTool, prepareCall, unknownOutcome } from './call-tool.ts';
import { completedWith, failed, outcomeOfModelError } from './outcome.ts';
import type { RunStop } from './work-stop.ts';

/** A model is handed its errors in calling tools this often in a row; then the run is given up. */
const MAX_BAD_ANSWERS = 2;
/** Longer ids, and such with odd characters, are replaced: ours must fit keys and columns. */
const CALL_ID = /^[\x21-\x7e]{1,200}$/;
/** Where a provider does not count. */
const CHARACTERS_PER_TOKEN = 4;

export interface RunParts {
  readonly context: RunContext;
  readonly past: Past;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly record: RunRecord;
  readonly stop: RunStop;
  /** The open tasks beside the run's own, as they are now. */
  readonly openTasks: () => Promise<readonly OpenTask[]>;
  /** Called once, after the first whole step of this run. */
  readonly onWholeStep: () => Promise<void>;
  readonly maxContextCharacters: number;
  readonly log: Log;
}

/**
 * One run of an agent. The rule of the record: a call is on record before its tool runs, and its result before the
 * model is called again; so steps are handed on in `unwritten` and go out together at those two moments.
 */
export class AgentRun {
  readonly #parts: RunParts;
  readonly #conversation: Conversation;
  readonly #modelTools: readonly ModelTool[];
  #unwritten: Step[] = [];
  #tokens = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#conversation = parts.past.conversation;
    this.#modelTools = parts.tools.map(({ name, description, parameters }) => ({
      name,
      description,
      parameters,
    }));
  }

  /** Goes on from where the record ends, until the model is done or a limit is met. Rejects when the run is stopped. */
  async toTheEnd(): Promise<RunOutcome> {
    const { past, context, onWholeStep } = this.#parts;
    const { maxSteps, maxTokens } = context.agent.limits;
    const settled = await this.#makeOpenCalls();
    if (settled) return settled;
    for (const { id, question, answer } of past.untold) {
      this.#take({ type: 'answer', data: { inputRequestId: id, question, answer } });
    }
    // The run before died between its last answer and the task's completion.
    if (this.#conversation.finalText !== undefined) return completedWith(this.#conversation.finalText);

    for (let step = 1; ; step += 1) {
      if (step > maxSteps) return failed('step_limit', `It took more than ${maxSteps} model calls.`);
      if (maxTokens !== undefined && this.#tokens >= maxTokens) {
        return failed('token_limit', `It took more than ${maxTokens} tokens.`);
      }
      const outcome = await this.#step();
      if (outcome) return outcome;
      if (step === 1) await onWholeStep();
    }
  }

  async #step(): Promise<RunOutcome | undefined> {
    const { stop, openTasks, maxContextCharacters } = this.#parts;
    const [open] = await Promise.all([stop.race(openTasks()), this.#write()]);
    if (this.#conversation.characters > maxContextCharacters) {
      return failed('context_limit', `The conversation grew over ${maxContextCharacters} characters.`);
    }
    const reply = await this.#callModel(open);
    if (reply instanceof ModelError) return outcomeOfModelError(reply);
    this.#take({
      type: 'assistant',
      data: {
        text: reply.text,
        toolCalls: [...reply.toolCalls],
        finishReason: reply.finishReason,
        usage: reply.usage ?? null,
      },
    });
    if (reply.toolCalls.length > 0) return this.#makeOpenCalls();
    await this.#write();
    return completedWith(reply.text);
  }

  async #callModel(open: readonly OpenTask[]): Promise<ModelReply | ModelError> {
    const { context, model, record, stop } = this.#parts;
    const { agent, task } = context;
    const messages = [systemMessage(agent.system, open), taskMessage(task), ...this.#conversation.messages];
    try {
      const reply = await model.call({
        model: agent.model,
        messages,
        tools: this.#modelTools,
        signal: stop.signal,
        onText: (delta) => record.text(cleanText(delta)),
      });
      const asked = messages.reduce((sum, message) => sum + message.content.length, 0);
      this.#tokens += tokensOf(reply, asked);
      return this.#cleaned(reply);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (error instanceof ModelError) return error;
      throw error;
    } finally {
      record.dropText();
    }
  }

  /** The reply as it goes on record and back to the model: texts the database takes, ids that are unique in the task. */
  #cleaned(reply: ModelReply): ModelReply {
    const seen = new Set<string>();
    const toolCalls = reply.toolCalls.map((call): ToolCall => {
      const isUsable = CALL_ID.test(call.id) && !seen.has(call.id) && !this.#conversation.hasCallId(call.id);
      const id = isUsable ? call.id : `call_${randomUUID()}`;
      seen.add(id);
      return { id, name: cleanText(call.name), arguments: cleanText(call.arguments) };
    });
    return { ...reply, text: cleanText(reply.text), toolCalls };
  }

  /** Makes the calls that have no result, in order; an outcome when they end the run. */
  async #makeOpenCalls(): Promise<RunOutcome | undefined> {
    for (const open of this.#conversation.openCalls) {
      const endsRun = await this.#makeCall(open);
      if (endsRun) return { kind: 'ended' };
    }
    if (this.#conversation.badAnswersInARow <= MAX_BAD_ANSWERS) return undefined;
    await this.#write();
    return failed(
      'bad_tool_arguments',
      `The model called its tools wrongly ${MAX_BAD_ANSWERS + 1} times in a row.`,
    );
  }

  async #makeCall({ call, hasBegun }: OpenCall): Promise<boolean> {
    const { tools, past, stop, log, context } = this.#parts;
    const answered = past.answers.get(call.id);
    if (answered) {
      this.#take(answerResult(call, answered.answer, answered.answeredBy?.kind === 'system'));
      return false;
    }
    const prepared = prepareCall(call, tools);
    if (!prepared.ok) {
      this.#take(prepared.result);
      return false;
    }
    if (hasBegun && !prepared.tool.mayRepeat(prepared.args, context)) {
      this.#take(unknownOutcome(call));
      return false;
    }
    this.#take({ type: 'tool_call', data: { toolCallId: call.id, name: call.name } });
    await this.#write();
    const { result, endsRun } = await stop.race(callTool(call, prepared, this.#toolContext(call), log));
    // What ended the run closed the record with it: the task's own history says how.
    if (!endsRun) this.#take(result);
    return endsRun;
  }

  #toolContext(call: ToolCall): ToolContext {
    const { context, stop } = this.#parts;
    const { task, run, agent } = context;
    return {
      task,
      run,
      agent: agent.name,
      toolCallId: call.id,
      caller: () => context.refreshCaller(),
      signal: stop.signal,
    };
  }

  #take(step: Step): void {
    this.#conversation.apply(step);
    this.#unwritten.push(step);
  }

  /** Resolves when all steps taken are on record; rejects when the lease is lost, like every other stop. */
  async #write(): Promise<void> {
    const { record, stop } = this.#parts;
    if (this.#unwritten.length === 0) return;
    const steps = this.#unwritten;
    this.#unwritten = [];
    if (!(await stop.race(record.add(steps)))) stop.stop('fenced');
    stop.signal.throwIfAborted();
  }
}

function tokensOf(reply: ModelReply, askedCharacters: number): number {
  if (reply.usage) return reply.usage.inputTokens + reply.usage.outputTokens;
  const said = reply.toolCalls.reduce((sum, call) => sum + call.arguments.length, reply.text.length);
  return Math.ceil((askedCharacters + said) / CHARACTERS_PER_TOKEN);
}
