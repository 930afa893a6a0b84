-- CreateEnum
CREATE TYPE "TriggerKind" AS ENUM ('cron', 'webhook');

-- DropForeignKey
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_task_id_fkey";

-- What a key stands for need not be a task any more
ALTER TABLE "idempotency_keys" RENAME COLUMN "task_id" TO "resource_id";
ALTER TABLE "idempotency_keys" ALTER COLUMN "resource_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "trigger_id" TEXT;

-- CreateTable
CREATE TABLE "triggers" (
    "id" TEXT NOT NULL,
    "kind" "TriggerKind" NOT NULL,
    "name" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "agent" TEXT,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "created_by" JSONB NOT NULL,
    "acts_for" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" JSONB,
    "pause_reason" TEXT,
    "deleted_at" TIMESTAMPTZ(3),
    "cron" TEXT,
    "timezone" TEXT,
    "overlap" TEXT,
    "misfire" TEXT,
    "misfire_window_seconds" INTEGER,
    "check_url" TEXT,
    "check_state" JSONB,
    "scanned_until" TIMESTAMPTZ(3),
    "next_due_at" TIMESTAMPTZ(3),
    "path" TEXT,
    "verify" TEXT,
    "verify_header" TEXT,
    "secrets" TEXT[],
    "when" TEXT,
    "dedupe_seconds" INTEGER,

    CONSTRAINT "triggers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "occurrences" (
    "id" TEXT NOT NULL,
    "trigger_id" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "fired_by" JSONB,
    "task_id" TEXT NOT NULL,
    "outcome" TEXT,
    "reason" TEXT,
    "claimed_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "occurrences_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "trigger_id" TEXT,
    "endpoint_id" TEXT,
    "key" TEXT,
    "body_hash" TEXT,
    "verdict" TEXT NOT NULL,
    "reason" TEXT,
    "headers" JSONB NOT NULL,
    "query" JSONB,
    "body" BYTEA NOT NULL,
    "task_id" TEXT,
    "duplicate_of" TEXT,
    "redelivery_of" TEXT,
    "redelivered_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),
    "claimed_until" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "response" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT,
    "statuses" "TaskStatus"[],
    "agents" TEXT[],
    "sources" "TaskSource"[],
    "secrets" TEXT[],
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_cursors" (
    "name" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "log_cursors_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "rate_limits" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "triggers_due" ON "triggers"("next_due_at") WHERE (kind = 'cron' and deleted_at is null and paused_at is null);

-- CreateIndex
CREATE INDEX "triggers_created_at_id_idx" ON "triggers"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "triggers_name" ON "triggers"("name") WHERE (deleted_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "triggers_path" ON "triggers"("path") WHERE (deleted_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "occurrences_task_id_key" ON "occurrences"("task_id");

-- CreateIndex
CREATE INDEX "occurrences_open" ON "occurrences"("trigger_id", "due_at") WHERE (outcome is null);

-- CreateIndex
CREATE UNIQUE INDEX "occurrences_trigger_id_due_at_key" ON "occurrences"("trigger_id", "due_at");

-- CreateIndex
CREATE INDEX "deliveries_due" ON "deliveries"("endpoint_id", "next_attempt_at") WHERE (direction = 'out' and verdict = 'pending');

-- CreateIndex
CREATE INDEX "deliveries_undecided" ON "deliveries"("created_at") WHERE (verdict = 'received');

-- CreateIndex
CREATE INDEX "deliveries_refused" ON "deliveries"("trigger_id", "created_at" DESC) WHERE (verdict = 'refused');

-- CreateIndex
CREATE INDEX "deliveries_same_body" ON "deliveries"("trigger_id", "body_hash", "created_at") WHERE (body_hash is not null);

-- CreateIndex
CREATE INDEX "deliveries_created_at_id_idx" ON "deliveries"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "deliveries_trigger_id_created_at_id_idx" ON "deliveries"("trigger_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "deliveries_endpoint_id_created_at_id_idx" ON "deliveries"("endpoint_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_once_in" ON "deliveries"("trigger_id", "key") WHERE (direction = 'in' and duplicate_of is null and redelivery_of is null and verdict not in ('refused', 'failed'));

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_once_out" ON "deliveries"("endpoint_id", "key") WHERE (direction = 'out');

-- CreateIndex
CREATE INDEX "tasks_of_trigger" ON "tasks"("trigger_id", "created_at" DESC, "id" DESC) WHERE (trigger_id is not null);

-- CreateIndex
CREATE INDEX "tasks_open_of_trigger" ON "tasks"("trigger_id", "created_at") WHERE (trigger_id is not null and finished_at is null);

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "triggers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "occurrences" ADD CONSTRAINT "occurrences_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "triggers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "triggers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
