import type { Step, StepData } from '../../domain/messages.ts';
import type { ModelMessage, ToolCall } from '../model/port.ts';
import { parseToolArguments } from '../model/tool-arguments.ts';

/** A call that the model asked for and that has no result yet. */
export interface OpenCall {
  readonly call: ToolCall;
  /** It is recorded as begun: it may have had its effect. */
  readonly hasBegun: boolean;
}

/**
 * The conversation with the model that recorded steps amount to. An attempt applies its steps as it takes them, and a
 * later attempt applies the same steps from the record, so both have the same messages: this is the only way from steps
 * to messages. Pieces of text add nothing; only whole answers count.
 */
export class Conversation {
  readonly #messages: ModelMessage[] = [];
  readonly #open = new Map<string, OpenCall>();
  readonly #callIds = new Set<string>();
  readonly #answers = new Set<string>();
  #characters = 0;
  #badInARow = 0;
  #isBadCounted = false;
  #finalText: string | undefined;

  /** The messages so far, without the system's and the task's. */
  get messages(): readonly ModelMessage[] {
    return this.#messages;
  }

  /** In the order the model asked for them. */
  get openCalls(): readonly OpenCall[] {
    return [...this.#open.values()];
  }

  /** The last answer, if it called no tool: then the work is done. */
  get finalText(): string | undefined {
    return this.#finalText;
  }

  /** Answers in a row that had only wrong tool calls. */
  get badAnswersInARow(): number {
    return this.#badInARow;
  }

  get characters(): number {
    return this.#characters;
  }

  hasCallId(id: string): boolean {
    return this.#callIds.has(id);
  }

  hasAnswer(inputRequestId: string): boolean {
    return this.#answers.has(inputRequestId);
  }

  apply(step: Step): void {
    switch (step.type) {
      case 'text':
        break;
      case 'assistant':
        this.#applyAnswer(step.data);
        break;
      case 'tool_call': {
        const open = this.#open.get(step.data.toolCallId);
        if (open) this.#open.set(open.call.id, { ...open, hasBegun: true });
        break;
      }
      case 'tool_result':
        this.#applyResult(step.data);
        break;
      case 'answer':
        this.#answers.add(step.data.inputRequestId);
        this.#finalText = undefined;
        this.#applyPersonsAnswer(answerText(step.data));
    }
  }

  #applyAnswer({ text, toolCalls }: StepData<'assistant'>): void {
    let characters = text.length;
    for (const call of toolCalls) {
      this.#callIds.add(call.id);
      this.#open.set(call.id, { call, hasBegun: false });
      characters += call.arguments.length;
    }
    this.#finalText = toolCalls.length === 0 ? text : undefined;
    this.#isBadCounted = false;
    this.#push(
      {
        role: 'assistant',
        content: text,
        ...(toolCalls.length > 0 && { toolCalls: toolCalls.map(sendable) }),
      },
      characters,
    );
  }

  #applyResult({ toolCallId, content, code }: StepData<'tool_result'>): void {
    if (!this.#open.delete(toolCallId)) return;
    const isBad = code === 'bad_arguments' || code === 'unknown_tool';
    if (!isBad) this.#badInARow = 0;
    else if (!this.#isBadCounted) this.#badInARow += 1;
    this.#isBadCounted ||= isBad;
    this.#push({ role: 'tool', toolCallId, content }, content.length);
  }

  #applyPersonsAnswer(content: string): void {
    this.#push({ role: 'user', content }, content.length);
  }

  #push(message: ModelMessage, characters: number): void {
    this.#messages.push(message);
    this.#characters += characters;
  }
}

/** Servers parse the arguments of earlier calls again and refuse a whole request because of broken ones; the call's result says what was wrong. */
function sendable(call: ToolCall): ToolCall {
  return parseToolArguments(call.arguments).ok ? call : { ...call, arguments: '{}' };
}

function answerText({ question, answer }: StepData<'answer'>): string {
  return `The question "${question}" was asked about this task, and answered: ${JSON.stringify(answer)}`;
}
