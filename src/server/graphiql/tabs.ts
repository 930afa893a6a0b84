interface Tab {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** GraphiQL's initial tabs, from left to right: the life of a task, then triggers. Lines fit half a screen. */
export const TABS: readonly Tab[] = [
  {
    query: `# 1. Create a task for the built-in agent and press play.
# The word "ask" makes the demo model ask you something.

mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) {
    ... on CreateTaskPayload {
      task { id status agent { name isDemo } }
    }
    ... on Error { code message }
  }
}
`,
    variables: { input: { title: 'Ask me which quarter, then write the report', agent: 'assistant' } },
  },
  {
    query: `# 2. Watch the events: first the past ones, then live.
# You see the newest event. Press stop to end.

subscription Watch($after: String) {
  taskEvents(after: $after) {
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
    variables: { after: '0' },
  },
  {
    query: `# 3. List tasks, and those that wait for an answer.
# Copy the id of a task for the tabs that follow.

query List($status: [TaskStatus!]) {
  tasks(first: 20, filter: { status: $status }) {
    totalCount
    nodes {
      id
      title
      status
      reason
      inputRequest { question }
      result
      allowedTransitions
    }
  }
}
`,
    variables: { status: null },
  },
  {
    query: `# 4. Answer: put the task's id into the variables below.

mutation Answer($id: ID!, $answer: JSON!) {
  provideTaskInput(input: { id: $id, answer: $answer }) {
    ... on ProvideTaskInputPayload {
      task { id status version }
    }
    ... on Error { code message }
  }
}
`,
    variables: { id: 'task_…', answer: 'The third quarter' },
  },
  {
    query: `# 5. Or cancel it at any time.

mutation Cancel($id: ID!, $reason: String) {
  cancelTask(input: { id: $id, reason: $reason }) {
    ... on CancelTaskPayload {
      task { id status }
    }
    ... on IllegalTransitionError { from to allowed }
    ... on Error { code message }
  }
}
`,
    variables: { id: 'task_…', reason: 'Not needed any more' },
  },
  {
    query: `# 6. Who did what, when and why?

query History($id: ID!) {
  task(id: $id) {
    title
    status
    result
    history(first: 50) {
      nodes {
        seq type from to
        actor { kind name }
        reason data at
      }
    }
    runs {
      number
      outcome
      steps { seq type data }
    }
  }
}
`,
    variables: { id: 'task_…' },
  },
  {
    query: `# 7. Preview a schedule: its next due times, in words.
# Change it below until it is the one you mean.

query Preview($cron: String!, $timezone: String!) {
  previewCron(cron: $cron, timezone: $timezone) {
    ... on PreviewCronPayload { words occurrences }
    ... on Error { code message }
  }
}
`,
    variables: { cron: '0 2 * * mon-fri', timezone: 'Europe/Berlin' },
  },
  {
    query: `# 8. Create a task at each of those moments.
# Fire it at once with fireTrigger(input: { id: "trg_…" }).

mutation Schedule($input: CreateCronTriggerInput!) {
  createCronTrigger(input: $input) {
    ... on CreateCronTriggerPayload {
      trigger { id name words nextDueAt }
    }
    ... on Error { code message }
  }
}
`,
    variables: {
      input: {
        name: 'nightly report',
        cron: '0 2 * * mon-fri',
        timezone: 'Europe/Berlin',
        agent: 'assistant',
        title: "Write the report of {{ scheduled_at | date: '%F' }}",
      },
    },
  },
  {
    query: `# 9. Create a task for each call of a webhook.
# The secret is shown this once. Call it so, in a terminal:
# curl <this server>/webhooks/demo \\
#   -H 'content-type: application/json' \\
#   -H 'x-webhook-secret: <the secret>' \\
#   -d '{"title": "Count the chairs"}'

mutation Webhook($input: CreateWebhookTriggerInput!) {
  createWebhookTrigger(input: $input) {
    ... on CreateWebhookTriggerPayload {
      secret
      trigger { id urlPath verify verifyHeader }
    }
    ... on Error { code message }
  }
}
`,
    variables: {
      input: {
        name: 'demo',
        path: 'demo',
        verify: 'HEADER',
        when: 'has(body.title)',
        agent: 'assistant',
        title: '{{ body.title }}',
      },
    },
  },
  {
    query: `# 10. List incoming and outgoing deliveries with their verdicts.

query Deliveries($filter: DeliveryFilter) {
  deliveries(first: 20, filter: $filter) {
    nodes {
      id
      direction
      verdict
      reason
      body
      task { id title status }
      ... on IncomingDelivery { trigger { name } }
      ... on OutgoingDelivery {
        endpoint { url }
        tries { number at status error }
      }
    }
  }
}
`,
    variables: { filter: { direction: 'IN' } },
  },
];
