/** The tabs GraphiQL opens with: the life of a task, to click through from left to right. */
export const TABS: readonly { readonly query: string; readonly variables?: string }[] = [
  {
    query: `# 1. Create a task for the built-in agent. "ask" makes the demo model ask you something.
mutation Create {
  createTask(input: { title: "Ask me which quarter, then write the report", agent: "assistant" }) {
    ... on CreateTaskPayload { task { id status agent { name isDemo } } }
    ... on Error { code message }
  }
}
`,
  },
  {
    query: `# 2. Watch everything that happens, from the beginning and on. Press stop to end.
subscription Watch {
  taskEvents(after: "0") {
    cursor
    type
    from
    to
    actor { kind name }
    data
    at
    task { id title status }
  }
}
`,
  },
  {
    query: `# 3. What waits for an answer? Copy the id of a task.
query List {
  tasks(first: 20) {
    totalCount
    nodes {
      id
      title
      status
      reason
      allowedTransitions
      inputRequest { id question }
      result
    }
  }
}
`,
  },
  {
    query: `# 4. Answer it: put the task's id into the variables below.
mutation Answer($id: ID!, $answer: JSON!) {
  provideTaskInput(input: { id: $id, answer: $answer }) {
    ... on ProvideTaskInputPayload { task { id status version } }
    ... on Error { code message }
  }
}
`,
    variables: JSON.stringify({ id: 'task_…', answer: 'The third quarter' }, null, 2),
  },
  {
    query: `# 5. Or stop it.
mutation Cancel($id: ID!) {
  cancelTask(input: { id: $id, reason: "Not needed any more" }) {
    ... on CancelTaskPayload { task { id status } }
    ... on IllegalTransitionError { message from to allowed }
    ... on Error { code message }
  }
}
`,
    variables: JSON.stringify({ id: 'task_…' }, null, 2),
  },
  {
    query: `# 6. Who did what, when and why?
query History($id: ID!) {
  task(id: $id) {
    title
    status
    history(first: 50) {
      nodes { seq type from to actor { kind name } reason data at }
    }
    runs { number outcome steps { seq type data } }
  }
}
`,
    variables: JSON.stringify({ id: 'task_…' }, null, 2),
  },
];
