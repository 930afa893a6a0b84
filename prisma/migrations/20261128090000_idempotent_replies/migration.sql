-- AlterTable
ALTER TABLE "idempotency_keys" ADD COLUMN     "reply" TEXT;
