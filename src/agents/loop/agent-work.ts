import { randomUUID } from 'node:crypto';
import { cleanText } from '../../core/clean-text.ts';
import type { Log } from '../../core/log.ts';
import type { Step } from '../../domain/messages.ts';
import type { AgentDefinition } from '../config/definition.ts';
import { ModelError } from '../model/model-error.ts';
import type { Model, ModelMessage, ModelReply, ModelTool, ToolCall } from '../model/port.ts';
import type { Conversation, OpenCall } from '../record/conversation.ts';
import type { StepLog } from '../record/step-log.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';
import type { WorkOutcome } from '../work/outcome.ts';
import type { Past, WorkUnit } from '../work/unit.ts';
import { answerResult, callTool, prepareCall, unknownOutcome } from './call-tool.ts';
import { completedWith, failed, outcomeOfModelError } from './outcome.ts';
import type { WorkStop } from './work-stop.ts';

/** A model gets its own wrong tool calls back as errors this often in a row; after that the work fails. */
const MAX_BAD_ANSWERS = 2;
/** Longer ids, and ids with other characters, are replaced: they must fit keys and columns. */
const CALL_ID = /^[\x21-\x7e]{1,200}$/;
/** An estimate, for providers that do not count tokens. */
const CHARACTERS_PER_TOKEN = 4;

export interface AgentWorkParts {
  readonly unit: WorkUnit;
  readonly agent: AgentDefinition;
  readonly past: Past;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly steps: StepLog;
  readonly stop: WorkStop;
  /** The messages of the next model call. */
  readonly messages: () => Promise<readonly ModelMessage[]>;
  /** Called once, after the first whole step. */
  readonly onWholeStep: () => Promise<void>;
  readonly maxContextCharacters: number;
  readonly log: Log;
}

/**
 * One attempt of an agent at a unit of work. A tool call is stored before its tool runs, and its result before the
 * model is called again; so steps gather in `unwritten` and are written together at those two moments.
 */
export class AgentWork {
  readonly #parts: AgentWorkParts;
  readonly #conversation: Conversation;
  readonly #modelTools: readonly ModelTool[];
  #unwritten: Step[] = [];
  #tokens = 0;

  constructor(parts: AgentWorkParts) {
    this.#parts = parts;
    this.#conversation = parts.past.conversation;
    this.#modelTools = parts.tools.map(({ name, description, parameters }) => ({
      name,
      description,
      parameters,
    }));
  }

  /** Continues from the recorded steps, until the model is done or a limit is met. Rejects when the work is stopped. */
  async toTheEnd(): Promise<WorkOutcome> {
    const { past, agent, onWholeStep } = this.#parts;
    const { maxSteps, maxTokens } = agent.limits;
    const settled = await this.#makeOpenCalls();
    if (settled) return settled;
    for (const { inputRequestId, question, answer } of past.unsent) {
      this.#take({ type: 'answer', data: { inputRequestId, question, answer } });
    }
    // The attempt before stored its last answer and ended before it could settle.
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

  async #step(): Promise<WorkOutcome | undefined> {
    const { messages, maxContextCharacters } = this.#parts;
    const [sent] = await Promise.all([messages(), this.#write()]);
    if (this.#conversation.characters > maxContextCharacters) {
      return failed('context_limit', `The conversation is longer than ${maxContextCharacters} characters.`);
    }
    const reply = await this.#callModel(sent);
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

  async #callModel(messages: readonly ModelMessage[]): Promise<ModelReply | ModelError> {
    const { agent, model, steps, stop } = this.#parts;
    try {
      const reply = await model.call({
        model: agent.model,
        messages,
        tools: this.#modelTools,
        signal: stop.signal,
        onText: (delta) => steps.text(cleanText(delta)),
      });
      this.#tokens += tokensOf(reply, messages);
      return this.#cleaned(reply);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (error instanceof ModelError) return error;
      throw error;
    } finally {
      steps.dropText();
    }
  }

  /** The reply as it is stored and sent back to the model: text that the database accepts, ids that are unique in the unit. */
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

  /** Makes the calls that have no result, in order; an outcome when they end the work. */
  async #makeOpenCalls(): Promise<WorkOutcome | undefined> {
    for (const open of this.#conversation.openCalls) {
      const endsWork = await this.#makeCall(open);
      if (endsWork) return { kind: 'ended' };
    }
    if (this.#conversation.badAnswersInARow <= MAX_BAD_ANSWERS) return undefined;
    await this.#write();
    return failed('bad_tool_arguments', `${MAX_BAD_ANSWERS + 1} answers in a row had only wrong tool calls.`);
  }

  async #makeCall({ call, hasBegun }: OpenCall): Promise<boolean> {
    const { tools, past, stop, log } = this.#parts;
    const answered = past.answers.get(call.id);
    if (answered) {
      this.#take(answerResult(call, answered));
      return false;
    }
    const prepared = prepareCall(call, tools);
    if (!prepared.ok) {
      this.#take(prepared.result);
      return false;
    }
    const context = this.#toolContext(call);
    if (hasBegun && !prepared.tool.mayRepeat(prepared.args, context)) {
      this.#take(unknownOutcome(call));
      return false;
    }
    this.#take({ type: 'tool_call', data: { toolCallId: call.id, name: call.name } });
    await this.#write();
    const { result, endsWork } = await stop.race(callTool(call, prepared, context, log));
    // A call that ends the unit also closes its record; the task's history shows the result.
    if (!endsWork) this.#take(result);
    return endsWork;
  }

  #toolContext(call: ToolCall): ToolContext {
    const { unit, agent, stop } = this.#parts;
    return {
      unitId: unit.id,
      ownTaskId: unit.ownTaskId,
      agent: agent.name,
      toolCallId: call.id,
      caller: () => unit.caller(),
      signal: stop.signal,
    };
  }

  #take(step: Step): void {
    this.#conversation.apply(step);
    this.#unwritten.push(step);
  }

  /** Resolves when all steps taken are stored; rejects when the lease is lost, like every other stop. */
  async #write(): Promise<void> {
    const { steps, stop } = this.#parts;
    if (this.#unwritten.length === 0) return;
    const taken = this.#unwritten;
    this.#unwritten = [];
    if (!(await stop.race(steps.add(taken)))) stop.stop('lease_lost');
    stop.signal.throwIfAborted();
  }
}

function tokensOf({ usage, text, toolCalls }: ModelReply, sent: readonly ModelMessage[]): number {
  if (usage) return usage.inputTokens + usage.outputTokens;
  let characters = text.length;
  for (const call of toolCalls) characters += call.arguments.length;
  for (const message of sent) characters += message.content.length;
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
