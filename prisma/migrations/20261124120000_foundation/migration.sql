-- Text search by trigrams; shipped with PostgreSQL.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateSchema

-- CreateEnum
CREATE TYPE "TaskStatus" AS ENUM ('pending', 'in_progress', 'completed', 'failed', 'needs_input', 'cancelled');

-- CreateEnum
CREATE TYPE "TaskSource" AS ENUM ('dashboard', 'api', 'agent', 'cron', 'webhook');

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "status" "TaskStatus" NOT NULL DEFAULT 'pending',
    "version" INTEGER NOT NULL DEFAULT 1,
    "source" "TaskSource" NOT NULL,
    "created_by" JSONB NOT NULL,
    "acts_for" TEXT,
    "agent" TEXT,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "parent_id" TEXT,
    "depth" INTEGER NOT NULL DEFAULT 0,
    "subtask_count" INTEGER NOT NULL DEFAULT 0,
    "retry_of" TEXT,
    "taken_by" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lost_leases" INTEGER NOT NULL DEFAULT 0,
    "run_id" TEXT,
    "run_number" INTEGER NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_token" BIGINT,
    "lease_until" TIMESTAMPTZ(3),
    "not_before" TIMESTAMPTZ(3),
    "input_request_id" TEXT,
    "result" JSONB,
    "error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_texts" (
    "task_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "task_texts_pkey" PRIMARY KEY ("task_id")
);

-- CreateTable
CREATE TABLE "task_events" (
    "position" BIGSERIAL NOT NULL,
    "task_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "from" "TaskStatus",
    "to" "TaskStatus",
    "actor" JSONB NOT NULL,
    "run_id" TEXT,
    "reason" TEXT,
    "data" JSONB,
    "source" "TaskSource" NOT NULL,
    "agent" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "task_events_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "agent" TEXT NOT NULL,
    "worker_id" TEXT NOT NULL,
    "token" BIGINT NOT NULL,
    "outcome" TEXT,
    "error" JSONB,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_events" (
    "run_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "run_events_pkey" PRIMARY KEY ("run_id","seq")
);

-- CreateTable
CREATE TABLE "input_requests" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "run_id" TEXT,
    "tool_call_id" TEXT,
    "question" TEXT NOT NULL,
    "asked_by" JSONB NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "answer" JSONB,
    "answered_by" JSONB,
    "answered_at" TIMESTAMPTZ(3),

    CONSTRAINT "input_requests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "actor_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("actor_id","key","operation")
);

-- CreateTable
CREATE TABLE "task_counters" (
    "shard" INTEGER NOT NULL,
    "status" "TaskStatus" NOT NULL,
    "source" "TaskSource" NOT NULL,
    "agent" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "task_counters_pkey" PRIMARY KEY ("shard","status","source","agent")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "sources" TEXT[],
    "secret_hash" TEXT NOT NULL,
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "agents" TEXT[],
    "slots" INTEGER NOT NULL,
    "busy" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "draining" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tasks_created_at_id_idx" ON "tasks"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_updated_at_id_idx" ON "tasks"("updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_priority_id_idx" ON "tasks"("priority" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_status_created_at_id_idx" ON "tasks"("status", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_agent_created_at_id_idx" ON "tasks"("agent", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_source_created_at_id_idx" ON "tasks"("source", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "tasks_claimable" ON "tasks"("priority" DESC, "created_at", "id") WHERE (agent is not null and status in ('pending', 'in_progress'));

-- CreateIndex
CREATE INDEX "tasks_suspect" ON "tasks"("lost_leases") WHERE (lost_leases > 0 and status in ('pending', 'in_progress'));

-- CreateIndex
CREATE INDEX "tasks_open_tracked" ON "tasks"("acts_for", "priority" DESC, "created_at" DESC) WHERE (agent is null and status in ('pending', 'in_progress', 'needs_input'));

-- CreateIndex
CREATE INDEX "tasks_parent_id_idx" ON "tasks"("parent_id");

-- CreateIndex
CREATE INDEX "tasks_retry_of_idx" ON "tasks"("retry_of");

-- CreateIndex
CREATE INDEX "task_texts_text_idx" ON "task_texts" USING GIN ("text" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "task_events_task_id_seq_key" ON "task_events"("task_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "runs_task_id_number_key" ON "runs"("task_id", "number");

-- CreateIndex
CREATE INDEX "input_requests_task_id_asked_at_idx" ON "input_requests"("task_id", "asked_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys"("secret_hash");

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_retry_of_fkey" FOREIGN KEY ("retry_of") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_texts" ADD CONSTRAINT "task_texts_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_events" ADD CONSTRAINT "task_events_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "input_requests" ADD CONSTRAINT "input_requests_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Fencing tokens: whoever holds a higher one took the task over.
CREATE SEQUENCE "lease_tokens" AS BIGINT;

-- The history is never changed: whatever tries is refused by the database itself.
CREATE FUNCTION "refuse_history_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'task_events is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "task_events_append_only" BEFORE UPDATE OR DELETE ON "task_events"
  FOR EACH ROW EXECUTE FUNCTION "refuse_history_change"();
